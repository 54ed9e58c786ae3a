//! Desk over the real releases, opened as in the program.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use pressdesk::config::Config;
use pressdesk::conversation::{Context, Conversation, Request};
use pressdesk::corpus::Corpus;
use pressdesk::desk::{Answer, Outcome};
use pressdesk::evaluation;
use pressdesk::search::{Features, Need, Question, Ranking, Shown, Side};
use pressdesk::setup;

/// Returns a file or folder of the project.
pub(crate) fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the conversation over the real releases by keywords only, as without a model; opened once for all tests.
pub(crate) fn conversation() -> Arc<Conversation> {
    static CONVERSATION: LazyLock<Arc<Conversation>> = LazyLock::new(|| {
        let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
        Arc::new(conversation_over(corpus))
    });
    Arc::clone(&CONVERSATION)
}

/// Returns the conversation over the real releases by keywords only, with so few of a list on a page that it has several.
pub(crate) fn paged_conversation() -> Arc<Conversation> {
    let per_page = ("PRESSDESK_CONVERSATION_RELEASES_PER_PAGE".to_owned(), "2".to_owned());
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    Arc::new(setup::open_keyword_only(&Config::load(None, [per_page]).unwrap(), corpus).unwrap())
}

/// Returns the conversation over the real releases, by keywords and embeddings.
pub(crate) fn conversation_by_meaning() -> Conversation {
    let (conversation, _) = setup::open(&Config::load(None, []).unwrap(), &|_, _| {}).unwrap();
    assert_eq!(conversation.desk().index().side(), Side::Both, "the model is missing: `make model` makes it");
    conversation
}

/// Returns a conversation over a corpus by keywords only, with the default settings.
pub(crate) fn conversation_over(corpus: Corpus) -> Conversation {
    setup::open_keyword_only(&Config::load(None, []).unwrap(), corpus).unwrap()
}

/// Files of labelled questions, without the everyday ones.
const FILES: &[&str] = &["dev", "fit", "more", "kept"];

/// Counts the labelled questions of an out-of-scope level, as a person asks them: refused, refused with a similar release, and unclear
/// or no question at all.
fn near(conversation: &Conversation, files: &[&str], level: &str) -> (usize, usize, usize) {
    let files = files.iter().map(|name| project(&format!("tests/questions/{name}.jsonl")));
    let questions = files.flat_map(|file| evaluation::load(&file).unwrap());
    let (mut n_refused, mut n_near, mut n_unclear) = (0, 0, 0);
    for labelled in questions.filter(|labelled| labelled.oos.as_deref() == Some(level)) {
        match conversation.turn(&Request::Ask(labelled.question), &Context::default()).answer {
            Some(Answer::NotFound { nearest, .. }) => {
                n_refused += 1;
                n_near += usize::from(!nearest.is_empty());
            }
            Some(Answer::Unclear) | None => n_unclear += 1,
            _ => {}
        }
    }
    (n_refused, n_near, n_unclear)
}

#[test]
fn unrelated_questions_are_shown_no_release() {
    for (conversation, least, least_refused) in [(&*conversation(), 0.25, 42), (&conversation_by_meaning(), 0.4, 47)] {
        let (n_far, n_near, _) = near(conversation, FILES, "far");
        assert!(n_far > 10 && n_near == 0, "{n_near} of {n_far} far questions are shown a release");
        let (n_refused, n_near, _) = near(conversation, FILES, "near");
        let share = n_near as f64 / n_refused as f64;
        assert!(share >= least, "{n_near} of {n_refused} near questions are shown a release");
        // The weights were fitted on these; the bounds detect regressions.
        let (n_refused, n_near, n_unclear) = near(conversation, &["everyday"], "far");
        let n_refused = n_refused + n_unclear;
        assert!(n_refused >= least_refused, "{n_refused} everyday questions are refused or asked back");
        assert!(n_near <= 5, "{n_near} everyday questions are shown a release");
    }
}

#[test]
fn passage_that_lacks_the_place_asked_for_is_no_answer() {
    for question in [
        "¿Cuántos migrantes retornaron a San Vicente en 2015?",
        "how many cases of TB were detected in Mombasa",
        "How many doctors were trained in Belize?",
        // The word is common, but the releases write it with a capital alone.
        "¿Cuántas víctimas de trata hubo en La Unión?",
    ] {
        let answer = conversation_by_meaning().turn(&Request::Ask(question.to_owned()), &Context::default()).answer;
        assert!(matches!(answer, Some(Answer::NotFound { .. })), "{question}: {answer:?}");
    }
}

#[test]
fn few_candidates_are_reranked_and_the_others_are_like_the_worst_of_them() {
    let reranked = |conversation: &Conversation, text: &str| -> Vec<f32> {
        let index = conversation.desk().index();
        let candidates = index.score_candidates(&index.question(text).unwrap(), Side::Both, &Need::default());
        candidates.iter().map(|candidate| candidate.features.reranked).collect()
    };
    for text in ["who paid for the window?", "¿cuántos migrantes retornaron a La Unión?"] {
        let values = reranked(&conversation_by_meaning(), text);
        let least = values.iter().copied().fold(1.0, f32::min);
        let n_others = values.iter().filter(|value| **value > least).count();
        assert!((1..8).contains(&n_others) && values.len() > 8, "{text}: {values:?}");
        assert!(values.iter().all(|value| (-1.0..=1.0).contains(value)), "{text}: {values:?}");
        assert!(reranked(&conversation(), text).iter().all(|value| *value == 0.0));
    }
    for word in ["3.700", "Cruz Roja", "Kenya"] {
        assert!(reranked(&conversation_by_meaning(), word).iter().all(|value| *value == 0.0), "{word}");
    }
}

#[test]
fn tokens_of_a_question_are_compared_with_few_candidates_and_those_of_half_a_question_hardly_count() {
    let conversation = conversation_by_meaning();
    let index = conversation.desk().index();
    let need = Ranking::load(&project("config/ranking.toml")).unwrap().side(Side::Both).need;
    let highest = |question: &Question| -> (f32, usize) {
        let candidates = index.score_candidates(question, Side::Both, &need);
        let values = || candidates.iter().map(|candidate| candidate.features.like_tokens);
        let (least, most) = (values().fold(f32::MAX, f32::min), values().fold(0.0, f32::max));
        (most, values().filter(|value| *value > least).count())
    };
    let whole = index.question("who paid for the window?").unwrap();
    let (most, n_compared) = highest(&whole);
    assert!(most > 1.0 && (1..8).contains(&n_compared), "{most} {n_compared}");
    let mut half = index.question("and who paid?").unwrap();
    let alone = highest(&half).0;
    half.context = vec!["migrant-window".to_owned()];
    assert!(highest(&half).0 < 0.5 * alone, "{} {alone}", highest(&half).0);
}

#[test]
fn paragraph_that_is_like_each_token_of_the_question_below_its_title_comes_first() {
    let conversation = conversation_by_meaning();
    for (text, first) in [
        ("what kind of tools do the guidelines give RCM countries", ("migrant-women-guidelines", 0)),
        ("mayr of la unoin ofice", ("migrant-window", 4)),
    ] {
        let answer = conversation.turn(&Request::Ask(text.to_owned()), &Context::default()).answer;
        let Some(Answer::Found { quoted, .. }) = answer else { panic!("{text}: {answer:?}") };
        assert_eq!((quoted[0].release.id.as_str(), quoted[0].paragraph), first, "{text}");
    }
}

/// Opens a conversation over releases on a sale that comes every year; each has the year, language, hours and a figure of the year before.
fn conversation_over_sales() -> Conversation {
    let folder = tempfile::TempDir::new().unwrap();
    for (year, language, hours, before) in [
        ("2023", "en", "9am to 5pm", "Last year's sale raised €900 for the hospice."),
        ("2024", "en", "8am to 6pm, in winter from 9am", "Last year's sale raised €1,200 for the refuge."),
        ("2021", "es", "10am to 4pm", "La venta del año pasado recaudó 700 euros para el albergue."),
    ] {
        let title = "Sale of lost things / Venta de objetos perdidos";
        let head = format!("+++\ntitle = \"{title}\"\nlang = \"{language}\"\ndate = {year}-10-02\n+++\n");
        let open = format!("The office is beside platform 1 and open from Monday to Friday, {hours}.");
        let text = format!("{head}\nThe sale will be in Harbour Hall.\n\n{before}\n\n{open}\n");
        std::fs::write(folder.path().join(format!("sale-{year}.{language}.md")), text).unwrap();
    }
    conversation_over(Corpus::load(folder.path(), None).unwrap().0)
}

/// Returns the release and the paragraph of the best passage.
fn best(conversation: &Conversation, question: &str) -> (String, usize) {
    let (_, hits) = conversation.desk().answer_ranked(&conversation.desk().question(question).unwrap(), 1);
    (hits[0].release.id.clone(), hits[0].paragraph)
}

#[test]
fn figure_of_last_year_answers_for_that_year() {
    let conversation = conversation_over_sales();
    for (question, release) in [
        ("how much did the sale raise in 2022", "sale-2023"),
        ("how much did the sale raise in 2023", "sale-2024"),
        ("¿cuánto recaudó la venta en 2020?", "sale-2021"),
    ] {
        assert_eq!(best(&conversation, question), (release.to_owned(), 1), "{question}");
    }
}

#[test]
fn newest_edition_answers_unless_a_year_is_named() {
    let conversation = conversation_over_sales();
    for (question, release) in [
        ("when is the office beside platform 1 open", "sale-2024"),
        ("when was the office beside platform 1 open in 2023", "sale-2023"),
        ("when was the office beside platform 1 open in 2021", "sale-2021"),
    ] {
        assert_eq!(best(&conversation, question), (release.to_owned(), 2), "{question}");
    }
}

#[test]
fn edition_wanted_answers_in_other_words_too() {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, date, title, text) in [
        (
            "swim-2023",
            "2023-05-02",
            "Lido opens on Saturday",
            "Swimmers pay £4 at the turnstile of the lido, and children under twelve swim free with an adult.\n\n\
             Towels, lockers and wetsuits can be hired at the kiosk beside the turnstile.",
        ),
        (
            "swim-2024",
            "2024-04-28",
            "Longer season for outdoor swimmers",
            "At the turnstile of the lido adults will be charged £5; children under twelve swim free again.\n\n\
             Towels can be hired at the kiosk this summer too, as can lockers. Wetsuits could be hired at the kiosk in 2023, \
             but few swimmers asked for them, and drying them took the staff of the lido half a day.",
        ),
        (
            "bins-2024",
            "2024-04-30",
            "Bins are emptied on Fridays",
            "Bins that stand beside the kerb are emptied on Fridays from May.",
        ),
    ] {
        let head = format!("+++\ntitle = \"{title}\"\nlang = \"en\"\ndate = {date}\n+++\n");
        std::fs::write(folder.path().join(format!("{name}.en.md")), format!("{head}\n{text}\n")).unwrap();
    }
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    for (question, best_of) in [
        ("can I hire towels at the kiosk", ("swim-2024", 1)),
        ("what could be hired at the kiosk in 2023", ("swim-2023", 1)),
    ] {
        assert_eq!(best(&conversation, question), (best_of.0.to_owned(), best_of.1), "{question}");
    }
}

#[test]
fn half_a_question_about_a_year_turns_to_the_edition_of_that_year() {
    let conversation = conversation_over_sales();
    let ask = |text: &str| {
        let mut question = conversation.desk().question(text).unwrap();
        question.context = vec!["sale-2024".to_owned()];
        question.shown = vec![Shown { release: "sale-2024".to_owned(), paragraph: 2 }];
        let (_, hits) = conversation.desk().answer_ranked(&question, 1);
        (hits[0].release.id.clone(), hits[0].paragraph)
    };
    for (text, release) in [("and in 2023?", "sale-2023"), ("y en 2021?", "sale-2021"), ("and in 2024?", "sale-2024")] {
        assert_eq!(ask(text), (release.to_owned(), 2), "{text}");
    }
}

#[test]
fn half_a_question_changes_words_of_the_one_before_it() {
    let conversation = conversation_over_sales();
    for (before, half, release) in [
        ("when is the office beside platform 1 open in 2024", "and in 2023?", "sale-2023"),
        ("when is the office beside platform 1 open in 2024", "what about 2021", "sale-2021"),
        ("when was the office beside platform 1 open in 2023", "and the year after?", "sale-2024"),
    ] {
        let context = conversation.turn(&Request::Ask(before.to_owned()), &Context::default()).reply.context;
        let turn = conversation.turn_ranked(&Request::Ask(half.to_owned()), &context, 1);
        assert_eq!(turn.outcome(), Outcome::Found, "{half}: {}", turn.reply.text());
        assert_eq!((turn.ranked[0].release.id.as_str(), turn.ranked[0].paragraph), (release, 2), "{half}");
        let asked = turn.reply.context.asked.unwrap();
        assert!(asked.starts_with("when ") && asked.contains(&release["sale-".len()..]), "{asked}");
        let forgotten = conversation.turn(&Request::Reset, &context).reply.context;
        assert_eq!(forgotten.asked, None);
    }
}

#[test]
fn names_that_stand_in_other_passages_alone_are_told_as_unmet() {
    let conversation = conversation_by_meaning();
    for (text, expected) in [
        ("how many doctors did iom train in nicaragua", "nicaragua"),
        ("how many migrants returned to La Union in 2017?", "2017"),
        ("cuantos medicos capacitó la Cruz Roja", "Cruz Roja"),
        ("cuantos medicos fueron al taller en diciembre", "diciembre"),
        ("reunion sobre niñez migrante en marzo", "marzo"),
    ] {
        let turn = conversation.turn(&Request::Ask(text.to_owned()), &Context::default());
        let Some(Answer::NotFound { unmet, .. }) = &turn.answer else { panic!("{text}: {}", turn.reply.text()) };
        assert_eq!(unmet, &[expected], "{text}");
        assert!(turn.reply.text().contains(expected), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn name_in_the_lead_is_what_every_paragraph_of_the_release_is_about() {
    let folder = tempfile::TempDir::new().unwrap();
    let text = "+++\ntitle = \"New ferry\"\nlang = \"en\"\n+++\n- In service from May\n\n\
                The council of Dorneck has ordered the ferry Almadraba, it said today.\n\n\
                The ship carries 140 passengers and needs a crew of nine.\n\nThe quay of Torrox will be dredged for it.\n";
    std::fs::write(folder.path().join("ferry.en.md"), text).unwrap();
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    let index = conversation.desk().index();
    let distant_name_of_the_ship = |text: &str| {
        let candidates = index.score_candidates(&index.question(text).unwrap(), Side::Words, &Need::default());
        candidates.iter().find(|candidate| candidate.paragraph == 2).unwrap().features.distant_name
    };
    assert_eq!(distant_name_of_the_ship("How many crew does the Almadraba need?"), 0.0);
    assert_eq!(distant_name_of_the_ship("How many crew does the ferry in Torrox need?"), 1.0);
    // A place where something is asked for is that of the paragraph.
    assert_eq!(distant_name_of_the_ship("How many crew does the ferry in Dorneck need?"), 1.0);
    // A name alone asks for where it stands.
    assert_eq!(distant_name_of_the_ship("Almadraba"), 1.0);
}

#[test]
fn number_or_name_is_of_what_it_stands_beside() {
    let folder = tempfile::TempDir::new().unwrap();
    let text = "+++\ntitle = \"New ferry\"\nlang = \"en\"\n+++\nThe council of Dorneck bought the ferry Almadraba, which has 140 seats, \
                from a yard in Torrox that went out of business, and its captains train.\n\nThe ferry takes bicycles too, if there is room for \
                them behind the mast, where the lifeboats hang. Who smokes on board pays $40.\n";
    std::fs::write(folder.path().join("ferry.en.md"), text).unwrap();
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    let index = conversation.desk().index();
    let features = |text: &str| {
        let mut candidates = index.score_candidates(&index.question(text).unwrap(), Side::Words, &Need::default());
        candidates.sort_by_key(|candidate| candidate.paragraph);
        [candidates[0].features, candidates[1].features]
    };
    let [lead, fine] = features("How many seats does the ferry have?");
    assert_eq!([lead.uncounted, fine.uncounted], [0.0, 1.0]);
    assert_eq!(lead.apart, 0.0);
    let [lead, _] = features("How many captains does the ferry have?");
    assert_eq!(lead.uncounted, 1.0);
    let [lead, fine] = features("How much did the ferry cost?");
    assert_eq!([lead.distant_detail, fine.distant_detail], [1.0, 0.0]);
    assert_eq!(fine.apart, 1.0);
    let [lead, fine] = features("What is the name of the ferry?");
    assert_eq!([lead.unnamed, fine.unnamed], [0.0, 1.0]);
    // Who asks for no number is not held to one, nor who asks in another language.
    let [_, fine] = features("Who bought the ferry?");
    assert_eq!([fine.uncounted, fine.unnamed, fine.distant_detail, fine.apart], [0.0; 4]);
    let [_, fine] = features("¿cuántos asientos tiene el ferry?");
    assert_eq!([fine.uncounted, fine.apart], [0.0, 0.0]);
}

#[test]
fn word_is_held_against_the_words_of_each_release_by_itself() {
    let conversation = conversation_by_meaning();
    let index = conversation.desk().index();
    let highest = |text: &str, side: Side, release: &str, value: fn(&Features) -> f32| {
        let candidates = index.score_candidates(&index.question(text).unwrap(), side, &Need::default());
        let of_release = candidates.iter().filter(|one| index.corpus().releases[one.release].id == release);
        of_release.map(|candidate| value(&candidate.features)).fold(0.0, f32::max)
    };
    // Phrases on bacteria are somewhat like the insects, but no word there is.
    let unlike = |text, side| highest(text, side, "tb-think-universal", |features| features.unlike);
    assert!(unlike("¿cuántos mosquitos hay?", Side::Both) > 0.25);
    // Computers stand in the release on the window.
    let elsewhere =
        |release| highest("¿cuántas computadoras hay?", Side::Both, release, |features| features.said_elsewhere);
    assert!(elsewhere("tb-think-universal") > 0.3 && elsewhere("migrant-window") < 0.1);
    for side in [Side::Words, Side::Meaning] {
        assert_eq!(unlike("¿cuántos mosquitos hay?", side), 0.0);
    }
}

#[test]
fn names_and_dates_that_no_release_has_so_are_told_as_missing() {
    let conversation = conversation_by_meaning();
    for (text, expected) in [
        ("cuantos niños volvieron a San Miguel en 2015", "San Miguel"),
        ("What did IOM present on 7 November?", "7 November"),
        ("How many TB cases did the health assessment centre in Amman diagnose?", "Amman"),
    ] {
        let turn = conversation.turn(&Request::Ask(text.to_owned()), &Context::default());
        let Some(Answer::NotFound { missing, .. }) = &turn.answer else { panic!("{text}: {}", turn.reply.text()) };
        assert_eq!(missing, &[expected], "{text}");
    }
    for text in ["What did IOM present on 3 November?", "quien es Carlos Laat"] {
        let turn = conversation.turn(&Request::Ask(text.to_owned()), &Context::default());
        assert!(!matches!(turn.answer, Some(Answer::NotFound { .. })), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn word_that_the_releases_say_in_another_language_is_not_missing() {
    let conversation = conversation_by_meaning();
    let ask = |text: &str| conversation.turn(&Request::Ask(text.to_owned()), &Context::default());
    for (text, expected) in [
        ("lineamientos para adultos mayores migrantes", &[][..]),
        ("¿cuánto cuesta el pasaporte salvadoreño?", &["pasaporte"]),
    ] {
        let turn = ask(text);
        let Some(Answer::NotFound { missing, .. }) = &turn.answer else { panic!("{text}: {}", turn.reply.text()) };
        assert_eq!(missing, expected, "{text}");
    }
    let list = ask("comunicados sobre bacterias").reply.text();
    assert!(list.contains("cercano a «bacterias»") && list.contains("Think Universal"), "{list}");
}

#[test]
fn name_in_another_form_is_not_missing() {
    let folder = tempfile::TempDir::new().unwrap();
    let head = "+++\ntitle = \"Health law\"\nlang = \"en\"\ndate = 2008-02-26\n+++\n";
    let text =
        "The law renews programs for Native Americans in long-term health care.\n\nCooper Airways serves the town.";
    std::fs::write(folder.path().join("law.en.md"), format!("{head}\n{text}\n")).unwrap();
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    let ask = |text: &str| conversation.turn(&Request::Ask(text.to_owned()), &Context::default()).answer;
    let answer = ask("anything about Native American health care?");
    assert!(matches!(answer, Some(Answer::Found { .. })), "{answer:?}");
    let answer = ask("health care at the Native Airways");
    assert!(matches!(&answer, Some(Answer::NotFound { missing, .. }) if missing == &["Native Airways"]), "{answer:?}");
}

#[test]
fn number_is_found_as_others_write_it() {
    let folder = tempfile::TempDir::new().unwrap();
    let text = "+++\ntitle = \"Galpones\"\nlang = \"es\"\n+++\nLa obra costará 920 millones de pesos.\n\n\
                Las consultas se atienden en el 311 555 0152, de 9:00 a 13:00 horas.\n\n\
                El aljibe es del siglo XIX.\n\nLa Resolución 0874 manda 9,5 metros de ancho y plantar FHIA-17.\n\n\
                La leche se calienta a 62,5 °C.\n";
    std::fs::write(folder.path().join("galpones.es.md"), text).unwrap();
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    for (text, expected) in [
        ("920000000", "920 millones"),
        ("920 millones", "920 millones"),
        ("novecientos veinte millones", "920 millones"),
        ("¿de quién es el 3115550152?", "311 555 0152"),
        ("920 mdp", "920 millones"),
        ("siglo 19", "XIX"),
        ("siglo xix", "XIX"),
        ("resolución 874", "0874"),
        ("9.5 metros", "9,5"),
        ("fhia17", "FHIA-17"),
        ("62.5 °C", "62,5 °C"),
        // Digits of full width end elsewhere than they do when folded.
        ("fhia１７", "FHIA-17"),
    ] {
        let turn = conversation.turn(&Request::Ask(text.to_owned()), &Context::default());
        assert!(turn.reply.text().contains(expected), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn sentence_that_answers_is_quoted_with_those_before_it() {
    let folder = tempfile::TempDir::new().unwrap();
    let paragraph =
        "The fare is €3.50. Monthly passes are valid on them, but the daily cap does not apply to night buses.";
    let text = format!("+++\ntitle = \"Night buses\"\nlang = \"en\"\n+++\n{paragraph}\n");
    std::fs::write(folder.path().join("night.en.md"), text).unwrap();
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    let question = conversation.desk().question("are monthly passes valid on night buses").unwrap();
    assert_eq!(conversation.desk().answer_ranked(&question, 1).1[0].excerpt.text, paragraph);
}

#[test]
fn excerpt_of_a_sentence_of_many_names_has_the_one_asked_for() {
    let folder = tempfile::TempDir::new().unwrap();
    let towns: Vec<String> =
        (0..26_u8).map(|at| char::from(b'A' + at)).map(|at| format!("Mr {at}ilmer in {at}onville")).collect();
    let body = format!("The coordinators named on Monday by the office are {} and two others.", towns.join(", "));
    std::fs::write(
        folder.path().join("points.en.md"),
        format!("+++\ntitle = \"Points\"\nlang = \"en\"\n+++\n{body}\n"),
    )
    .unwrap();
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    for (text, expected, begins_within, is_cut) in [
        ("who is the coordinator in Bonville?", "Mr Bilmer in Bonville", false, true),
        ("who is the coordinator in Zonville?", "Mr Zilmer in Zonville", true, false),
        ("where is Xilmer", "Mr Xilmer in Xonville", true, false),
    ] {
        let question = conversation.desk().question(text).unwrap();
        let excerpt = conversation.desk().answer_ranked(&question, 1).1[0].excerpt.clone();
        assert!(excerpt.text.contains(expected), "{text}: {}", excerpt.text);
        assert_eq!((excerpt.begins_within, excerpt.is_cut), (begins_within, is_cut), "{text}: {}", excerpt.text);
    }
}

#[test]
fn phone_number_and_mail_address_find_their_contact() {
    let conversation = conversation();
    let named = |text: &str| match conversation.desk().answer(&conversation.desk().question(text).unwrap()) {
        Answer::Contacts(contacts) => contacts.list().into_iter().filter_map(|contact| contact.name).collect(),
        _ => Vec::new(),
    };
    for text in
        ["+503 2521-0500 Ext. 540", "quién tiene el 2521 0500?", "0050325210500", "AAMAYA@iom.int,", "<aamaya@iom.int>"]
    {
        assert!(!named(text).is_empty(), "{text}");
    }
    assert_eq!(named("miggomez@iom.int"), ["José Miguel Gómez"]);
    for text in ["2018-2019 2020", "0500", "press@example.org", "258 760 376,800"] {
        assert!(named(text).is_empty(), "{text}");
    }
}

#[test]
fn follow_up_prefers_the_passages_just_shown() {
    let conversation = conversation();
    let release = || "tb-think-universal".to_owned();
    let mut question = conversation.desk().question("and who said so?").unwrap();
    question.context = vec![release()];
    question.shown = [6, 2].map(|paragraph| Shown { release: release(), paragraph }).to_vec();
    // It needs what was talked about for certain.
    let need = Need { constant: 100.0, ..Need::default() };
    let candidates = conversation.desk().index().score_candidates(&question, Side::Words, &need);
    let marks = candidates.iter().filter(|candidate| candidate.features.shown_followed > 0.0);
    let mut marks: Vec<_> = marks.map(|found| (found.paragraph, found.features.shown_followed)).collect();
    marks.sort_by_key(|(paragraph, _)| *paragraph);
    assert_eq!(marks, [(2, 0.5), (6, 1.0)]);

    question.context.clear();
    let candidates = conversation.desk().index().score_candidates(&question, Side::Words, &need);
    assert!(candidates.iter().all(|candidate| candidate.features.shown_followed == 0.0), "what was shown is forgotten");
}
