//! Languages as data: one that nobody ships, files with faults, and releases in a language without a file.

use std::fs;

use pressdesk::config::Config;
use pressdesk::conversation::{Context, Conversation, Request};
use pressdesk::corpus::Corpus;
use pressdesk::desk::Answer;
use pressdesk::language::{Language, Languages};
use pressdesk::setup;
use tempfile::TempDir;

use crate::desk::{conversation, project};

/// A language that nobody speaks, under a code that nobody ships.
const INVENTED: &str = r#"
[detection]
letters_in_words = "ŭ"

[function_words]
everywhere = "blo zim je kriu plok vemi"

[names]
by = "vru"

[dates]
months = ["una", "dua", "tria", "kvara", "kvina", "sesa", "sepa", "oka", "naŭa", "deka", "deka-una", "deka-dua"]
joiners = "blo"

[numbers]
counting = "pu ro shan"

[questions]
who = "vemi"

[questions.phrases]
when = ["kriu"]
how_many = ["plok"]
"#;

const RELEASE: &str = "+++
title = \"Floba Brask\"
lang = \"eo\"
unknown = [\"date\", \"place\", \"url\", \"contacts\"]
+++
Floba brask zim gromul drelis.

Floba brask zim gromul drelis je 3 blo tria.

Floba brask zim gromul drelis je pu vurmoj.

Floba brask zim gromul drelis vru Tarna Velk.
";

/// Returns a folder with the languages that are shipped and some files more.
fn languages_with(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(project("config/languages")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Opens a conversation over one release in a language.
fn conversation_over(languages: &TempDir, name: &str, release: &str) -> Conversation {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(name), release).unwrap();
    let (corpus, problems) = Corpus::load(folder.path(), None).unwrap();
    assert_eq!((corpus.releases.len(), problems), (1, vec![]));
    let config = Config { languages: languages.path().to_owned(), ..Config::load(None, []).unwrap() };
    setup::open_keyword_only(&config, corpus).unwrap()
}

/// Returns the paragraph of the best passage for a question, with what is emphasised in it.
fn best(conversation: &Conversation, question: &str) -> (usize, Vec<String>) {
    let desk = conversation.desk();
    let (_, hits) = desk.answer_ranked(&desk.question(question).unwrap(), 1);
    let excerpt = &hits[0].excerpt;
    let parts = excerpt.highlights.iter().map(|range| excerpt.text[range.clone()].to_owned());
    (hits[0].paragraph, parts.collect())
}

#[test]
fn language_is_added_by_data_alone() {
    let with = languages_with(&[("eo.toml", INVENTED)]);
    let with = conversation_over(&with, "a.eo.md", RELEASE);
    let without = conversation_over(&languages_with(&[]), "a.eo.md", RELEASE);
    for (question, paragraph, answer) in
        [("kriu floba brask?", 1, "3 blo tria"), ("plok floba brask?", 2, "pu"), ("vemi floba brask?", 3, "Tarna Velk")]
    {
        assert_eq!(with.desk().languages().detect(question).unwrap().code(), "eo");
        let (best_paragraph, emphasised) = best(&with, question);
        assert_eq!(best_paragraph, paragraph, "{question}");
        assert!(emphasised.iter().any(|part| part == answer), "{question}: {emphasised:?}");
        // Two configurations live side by side: the other does not know the language.
        assert!(!best(&without, question).1.iter().any(|part| part == answer), "{question}");
    }
    let reply = with.turn(&Request::Ask("kriu floba brask?".to_owned()), &Context::default()).reply;
    assert_eq!(reply.language, Language::ENGLISH, "there is no locale for it");
    assert!(reply.blocks.iter().any(|block| block.text().contains("je 3 blo tria")), "{reply:?}");
}

#[test]
fn what_is_written_otherwise_finds_the_same() {
    let conversation = conversation();
    for (question, release, paragraph) in [
        ("3,700", "migrant-window", 3),
        ("3.700", "migrant-window", 3),
        ("tres mil setecientos migrantes", "migrant-window", 3),
        ("three thousand seven hundred migrants", "migrant-window", 3),
        ("29/05", "medical-staff-training", 1),
        ("3ª reunión", "migrant-children-rcm", 0),
        ("3era reunión", "migrant-children-rcm", 0),
        ("P.N.C.", "medical-staff-training", 2),
        ("WHA70.15", "tb-think-universal", 8),
        ("LaUnion", "migrant-window", 3),
        ("veintitrés años", "migrant-women-guidelines", 5),
    ] {
        let question = conversation.desk().question(question).unwrap();
        let Answer::Found { quoted: hits, .. } = conversation.desk().answer(&question) else {
            panic!("{} is refused", question.text())
        };
        assert_eq!((hits[0].release.id.as_str(), hits[0].paragraph), (release, paragraph), "{}", question.text());
    }
    for figures in ["2+2", "12", "1.5", "99/99"] {
        let question = conversation.desk().question(figures).unwrap();
        assert!(matches!(conversation.desk().answer(&question), Answer::Unclear), "{figures}");
    }
}

#[test]
fn release_in_a_language_without_a_file_is_found_by_its_words() {
    let release = "+++\ntitle = \"Ny mottagning\"\nlang = \"sv\"\nunknown = [\"date\", \"place\", \"url\", \"contacts\"]\n+++\n\
                   Mottagningen för läkare öppnade i Malmö på fredagen och tar emot tvåhundra patienter.\n\nRegionen betalar för lokalerna under de första åren.\n";
    let conversation = conversation_over(&languages_with(&[]), "clinic.sv.md", release);
    assert_eq!(best(&conversation, "mottagningen läkare").0, 0);
    assert_eq!(best(&conversation, "vem betalar lokalerna").0, 1);
}

#[test]
fn faults_of_language_files_are_reported_all_at_once() {
    let folder = languages_with(&[
        (
            "eo.toml",
            "[dates]\nmonths = [\"una\"]\nperiod = \"x\"\n[stemmer]\nalgorithm = \"klingon\"\n[questions]\nhow_much = [\"* x\"]",
        ),
        ("sv.toml", "[names]\nroles = [\"herr\"]\n[inflection]\nwords = [{ add = \"ar\" }]"),
        ("swedish.toml", ""),
        ("nb.toml", "[names"),
    ]);
    let faults = Languages::load(folder.path()).unwrap_err().to_string();
    for part in [
        "eo.toml: `dates.months` must be a list of 12",
        "eo.toml: there is no `dates.period`; did you mean `dates.periods`?",
        "eo.toml: `stemmer.algorithm` must be one of",
        "eo.toml: the phrase \"* x\" of `questions.how_much` must begin with a word",
        "sv.toml: `names.roles` must be words in quotation marks",
        "sv.toml: `inflection.words` must be a list of rules",
        "swedish.toml must be called after the ISO 639-1 code",
        "nb.toml:1: ",
    ] {
        assert!(faults.contains(part), "{part} is missing in:\n{faults}");
    }
    assert_eq!(faults.lines().count(), 8, "{faults}");
}
