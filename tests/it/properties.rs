//! Properties for any text and any corpus.

use std::collections::HashSet;
use std::fs;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use pressdesk::console::render;
use pressdesk::conversation::{Context, Conversation, PageShown, Request};
use pressdesk::corpus::Corpus;
use pressdesk::language::Language;
use pressdesk::search::Shown;
use pressdesk::text::{fold, sentences};

use crate::desk::{conversation, conversation_over, project};

fn cases(n_cases: u32) -> ProptestConfig {
    // No regression file: a failure becomes a separate test.
    ProptestConfig { cases: n_cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Words of releases, questions and query languages.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let texts = corpus.releases.iter().flat_map(|release| &release.paragraphs).map(|paragraph| paragraph.text.as_str());
    let grammar = "AND OR NOT + - \" ( [ { } ] ) ~2 * : ^3 / title: text:(a b) [a TO z] who what ¿quién cuándo dónde how many \
                   teléfono contacto /start /release /contacts /releases 2 -1 💃 \u{202e} \u{0} \u{7f} ñ e\u{301} ﬁ";
    texts.chain([grammar]).flat_map(str::split_whitespace).map(str::to_owned).collect()
});

/// Generates any text: random characters, known words in any order, one character many times.
fn any_text() -> impl Strategy<Value = String> {
    let words = vec(select(WORDS.as_slice()), 0..14);
    prop_oneof![
        2 => any::<String>(),
        6 => (words, select(vec![" ", "", "\n", ", "])).prop_map(|(words, glue)| words.join(glue)),
        1 => (any::<char>(), 1..20_000_usize).prop_map(|(letter, times)| letter.to_string().repeat(times)),
        1 => (select(WORDS.as_slice()), 1..3_000_usize).prop_map(|(word, times)| format!("{word} ").repeat(times)),
    ]
}

fn any_context() -> impl Strategy<Value = Context> {
    let ids = ["migrant-window", "tb-think-universal", "right-to-health", "no-such-release", ""].map(str::to_owned);
    let language = || proptest::option::of(select(vec![Language::ENGLISH, Language::SPANISH, Language::FRENCH]));
    let shown = (select(ids.to_vec()), 0_usize..99).prop_map(|(release, paragraph)| Shown { release, paragraph });
    let more = (select(ids.to_vec()), vec(0_usize..99, 0..3))
        .prop_map(|(id, paragraphs)| Request::Passages { id, paragraphs });
    let languages = (language(), language(), language(), language());
    let releases = || vec(select(ids.to_vec()), 0..4);
    let page =
        (select(ids.to_vec()), any::<bool>(), 1_usize..9, 1_usize..9).prop_map(|(words, is_list, page, n_pages)| {
            let request = match is_list {
                true => Request::Releases { words, page },
                false => Request::Release { id: words, page },
            };
            PageShown { request, n_pages }
        });
    let page = proptest::option::of(page);
    let asked = proptest::option::of(any_text());
    (languages, releases(), vec(shown, 0..4), vec(more, 0..3), releases(), asked, page).prop_map(
        |(languages, releases, shown, more, listed, asked, page)| {
            let (chosen_language, client_language, told_language, written_language) = languages;
            Context {
                chosen_language,
                client_language,
                releases,
                shown,
                more,
                told_language,
                written_language,
                listed,
                asked,
                page,
            }
        },
    )
}

/// Checks that a reply can be shown on any surface.
fn check_reply(conversation: &Conversation, request: &Request, context: &Context) -> Result<(), TestCaseError> {
    let reply = conversation.turn(request, context).reply;
    let is_visible = |letter: char| !letter.is_whitespace() && !letter.is_control();
    prop_assert!(!reply.blocks.is_empty());
    for block in &reply.blocks {
        prop_assert!(block.text().contains(is_visible), "an empty block in {:?}", reply.blocks);
    }
    for choice in &reply.choices {
        let command = choice.request.to_command();
        prop_assert!((1..=64).contains(&choice.label.chars().count()) && choice.label.contains(is_visible));
        prop_assert!((1..=64).contains(&command.len()), "{command}");
        prop_assert_eq!(&Request::parse(&command), &choice.request);
    }
    prop_assert!(conversation.languages().contains(&reply.language));
    prop_assert!(render(&reply).contains(is_visible));
    Ok(())
}

/// Checks that an answer quotes: whole sentences, as they stand, each once.
fn check_quotations(conversation: &Conversation, text: &str, context: &Context) -> Result<(), TestCaseError> {
    let Some(mut question) = conversation.desk().question(text) else { return Ok(()) };
    question.context.clone_from(&context.releases);
    let (_, hits) = conversation.desk().answer_ranked(&question, 10);
    prop_assert!(hits.len() <= 10);
    let mut shown = HashSet::new();
    for hit in hits {
        let excerpt = &hit.excerpt;
        let paragraph = &hit.release.paragraphs[hit.paragraph].text;
        let end = excerpt.start + excerpt.text.len();
        prop_assert_eq!(paragraph.get(excerpt.start..end), Some(excerpt.text.as_str()));

        let sentences = sentences(hit.release.language.code(), paragraph);
        let first = sentences.iter().position(|sentence| sentence.contains(&excerpt.start));
        let first = first.ok_or_else(|| TestCaseError::fail(format!("no sentence has {:?}", excerpt.text)))?;
        prop_assert_eq!(excerpt.begins_within, sentences[first].start < excerpt.start);
        prop_assert!(!excerpt.begins_within || paragraph[sentences[first].clone()].chars().count() > 600);
        // Only a single sentence that is too long is cut.
        let is_endless = sentences[first].end > end;
        prop_assert!(is_endless || sentences.iter().any(|sentence| sentence.end == end), "cut: {:?}", excerpt.text);
        prop_assert!(!is_endless || excerpt.text.chars().count() <= 600);
        prop_assert_eq!(excerpt.is_cut, is_endless);
        for sentence in sentences[first..].iter().filter(|sentence| sentence.end <= end) {
            prop_assert!(shown.insert(fold(&paragraph[sentence.clone()])), "shown twice: {:?}", excerpt.text);
        }

        let mut at = 0;
        for highlight in &excerpt.highlights {
            prop_assert!(at <= highlight.start && highlight.start < highlight.end);
            prop_assert!(excerpt.text.get(highlight.clone()).is_some(), "{highlight:?} in {:?}", excerpt.text);
            at = highlight.end;
        }
        prop_assert!((0.0..=1.0).contains(&hit.score));
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn any_text_gets_a_valid_reply(text in any_text(), context in any_context()) {
        check_reply(&conversation(), &Request::parse(&text), &context)?;
    }

    #[test]
    fn any_command_gets_a_valid_reply(
        name in select(vec!["search", "release", "releases", "contacts", "language", "help", "privacy", "start", "x"]),
        text in any_text(),
        context in any_context(),
    ) {
        check_reply(&conversation(), &Request::command(name, &text), &context)?;
    }

    #[test]
    fn any_answer_quotes_whole_sentences_each_once(text in any_text(), context in any_context()) {
        check_quotations(&conversation(), &text, &context)?;
    }
}

/// Generates the text of a release from few words, so that releases share sentences.
fn any_release() -> impl Strategy<Value = String> {
    let word = select(vec![
        "migrants",
        "La",
        "Unión",
        "opened",
        "100",
        "TB",
        "taller",
        "Mrs.",
        "“window”",
        "paid",
        "–",
        "in",
        "2017",
    ]);
    let sentence =
        (vec(word, 1..9), select(vec![".", "?", "!", "", ". "])).prop_map(|(words, end)| words.join(" ") + end);
    let long = vec(any::<char>(), 0..900).prop_map(|letters| letters.into_iter().collect());
    let paragraph = prop_oneof![8 => vec(sentence, 1..6).prop_map(|sentences| sentences.join(" ")), 1 => any::<String>(), 1 => long];
    (vec(paragraph, 1..5), select(vec!["en", "es", "fr"])).prop_map(|(paragraphs, language): (Vec<String>, _)| {
        let head = format!("+++\ntitle = \"The window {language}\"\nlang = \"{language}\"\n+++\n");
        head + &paragraphs.join("\n\n")
    })
}

/// Generates a corpus file: a real one with a change, or random bytes.
fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let real = fs::read(project("corpus/medical-staff-training.en.md")).unwrap();
    let change = (any::<prop::sample::Index>(), 0..80_usize, vec(any::<u8>(), 0..8));
    let changed = vec(change, 1..4).prop_map(move |changes| {
        let mut file = real.clone();
        for (at, n_removed, added) in changes {
            let start = at.index(file.len() + 1);
            let end = (start + n_removed).min(file.len());
            file.splice(start..end, added);
        }
        file
    });
    let line = select(vec![
        "+++",
        "title = \"a\"",
        "lang = \"en\"",
        "date = 1",
        "[[contacts]]",
        "name = \"b\"",
        "",
        "c",
        "é",
        "\r",
    ]);
    let lines = vec(line, 0..14).prop_map(|lines| lines.join("\n").into_bytes());
    prop_oneof![2 => changed, 2 => lines, 1 => vec(any::<u8>(), 0..300)]
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn any_corpus_is_quoted_verbatim(releases in vec(any_release(), 0..4), texts in vec(any_text(), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        for (number, release) in releases.iter().enumerate() {
            for language in ["en", "es", "fr"].iter().filter(|code| release.contains(&format!("lang = \"{code}\""))) {
                fs::write(folder.path().join(format!("r{number}.{language}.md")), release).unwrap();
            }
        }
        let (corpus, _) = Corpus::load(folder.path(), None).unwrap();
        let conversation = conversation_over(corpus);
        let context = Context { releases: vec!["r0".to_owned()], ..Context::default() };
        for text in texts.iter().map(String::as_str).chain(["who paid in 2017?", "/release r0", "/releases", "¿taller?"]) {
            check_reply(&conversation, &Request::parse(text), &context)?;
            check_quotations(&conversation, text, &context)?;
        }
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_file_is_a_release_or_a_problem(files in vec(any_file(), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        for (number, file) in files.iter().enumerate() {
            fs::write(folder.path().join(format!("r{number}.en.md")), file).unwrap();
        }
        let (corpus, problems) = Corpus::load(folder.path(), None).unwrap();
        prop_assert!(corpus.releases.len() <= files.len());
        for release in &corpus.releases {
            prop_assert!(!release.paragraphs.is_empty() && !release.title.is_empty());
        }
        // That nothing is served is one of the folder.
        for problem in problems.iter().filter(|problem| problem.file != folder.path()) {
            let n_lines = fs::read(&problem.file).unwrap().split(|byte| matches!(byte, b'\n' | b'\r')).count();
            prop_assert!(problem.line.is_none_or(|line| (1..=n_lines).contains(&line)), "{problem}");
            prop_assert!(!problem.message.is_empty());
        }
    }
}
