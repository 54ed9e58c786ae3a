//! Questions about the releases themselves, answered by lists.

use std::fmt::Write as _;
use std::fs;

use pressdesk::conversation::{Context, Conversation, ReplyKind, Request, Turn};
use pressdesk::corpus::Corpus;
use pressdesk::desk::{AskedBy, Outcome};
use pressdesk::language::Language;
use time::{Date, Month};

use crate::desk::{conversation, conversation_by_meaning, conversation_over, project};

fn ask(conversation: &Conversation, text: &str) -> Turn {
    conversation.turn(&Request::parse(text), &Context::default())
}

/// Returns the ids of the releases that a reply offers to open, in order.
fn offered(turn: &Turn) -> Vec<&str> {
    let opened = turn.reply.choices.iter().filter_map(|choice| match &choice.request {
        Request::Release { id, .. } => Some(id.as_str()),
        _ => None,
    });
    opened.collect()
}

const TB: &str = "tb-think-universal";
const WOMEN: &str = "migrant-women-guidelines";
const HEALTH: &[&str] = &[TB, "right-to-health", "medical-staff-training"];

/// Questions about the releases in `corpus/`, with those that are listed first; none where the list is that of all.
const ASKED: &[(&str, &[&str])] = &[
    ("What did you publish on March 22, 2019?", &[TB]),
    ("2019-03-22", &[TB]),
    ("22.03.2019", &[TB]),
    ("anything published in march?", &[TB]),
    ("press releases from 2019", &[TB]),
    ("the release of 22 March 2019", &[TB]),
    ("latest press release please", &[TB]),
    ("which was the first you put out?", &[TB]),
    ("which releases mention USAID?", &["right-to-health"]),
    ("is there a release on migrant women?", &[WOMEN]),
    ("show me your releases about tuberculosis", &[TB]),
    ("do you have any press releases about health?", HEALTH),
    ("do you have anything in English?", &[]),
    ("what news do you have?", &[]),
    ("news from March 2019", &[TB]),
    ("enumere sus boletines de prensa", &[]),
    ("¿Qué publicaron en marzo de 2019?", &[TB]),
    ("notas de prensa de 2019", &[TB]),
    ("¿cuál fue el último comunicado?", &[TB]),
    ("¿hay algún comunicado sobre mujeres migrantes?", &[WOMEN]),
    ("¿cuántos comunicados tienen sobre salud?", HEALTH),
    ("¿cuáles hablan de salud?", HEALTH),
    ("how many are about health", HEALTH),
    ("comunicados de Ginebra", &[TB]),
    ("quel est le dernier communiqué ?", &[TB]),
    ("quantos comunicados vocês têm?", &[]),
    ("/releases 2019", &[TB]),
    ("/releases oldest", &[TB]),
    ("/releases mujeres migrantes", &[WOMEN]),
];

#[test]
fn times_are_counted_from_today() {
    let thursday = || Date::from_calendar_date(2019, Month::March, 28).unwrap();
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let conversation = conversation_over(corpus).with_clock(thursday);
    for text in [
        "what did you publish last week?",
        "anything this month?",
        "this year",
        "¿publicaron algo este mes?",
        "noticias de la semana pasada",
        "qué hubo este año",
        "qu'avez-vous publié la semaine dernière ?",
        "o que publicaram este mês?",
    ] {
        let turn = ask(&conversation, text);
        assert_eq!((turn.kind, offered(&turn).first()), (ReplyKind::Releases, Some(&TB)), "{text}");
        assert_eq!(offered(&turn).len(), 1, "{text}: {}", turn.reply.text());
    }
    for text in ["anything this week?", "what happened yesterday", "hay algo nuevo hoy", "releases from last month"] {
        let turn = ask(&conversation, text);
        assert_eq!((turn.kind, turn.reply.outcome), (ReplyKind::Releases, Some(Outcome::NotFound)), "{text}");
        assert!(offered(&turn).len() > 1, "{text}: {}", turn.reply.text());
    }
}

#[test]
fn ranges_of_dates_are_read_in_the_languages_there_are() {
    let conversation = conversation();
    let desk = conversation.desk();
    for (text, expected) in [
        ("releases since march 2025", "2025-03-01.."),
        ("comunicados desde el 1 de marzo de 2025", "2025-03-01.."),
        ("comunicados a partir de marzo de 2025", "2025-03-01.."),
        ("releases after march 2025", "2025-04-01.."),
        ("comunicados después de marzo de 2025", "2025-04-01.."),
        ("releases before april 2023", "..2023-03-31"),
        ("comunicados antes de julio de 2021", "..2021-06-30"),
        ("comunicados hasta 2021", "..2021-12-31"),
        ("releases between june and december 2023", "2023-06-01..2023-12-31"),
        ("que comunicados hay entre marzo y mayo de 2022", "2022-03-01..2022-05-31"),
        ("comunicados entre el 1 de marzo y el 31 de mayo de 2022", "2022-03-01..2022-05-31"),
        ("releases from June 2022 to May 2023", "2022-06-01..2023-05-31"),
        ("communiqués entre mars et mai 2022", "2022-03-01..2022-05-31"),
        ("comunicados de março a maio de 2022", "2022-03-01..2022-05-31"),
        ("comunicados anteriores a 2020", "..2019-12-31"),
        ("comunicados desde 2020 hasta hoy", "2020-01-01.."),
        ("communiqués jusqu'au 3 mars 2022", "..2022-03-03"),
        ("releases between March 2022 and June", "2022-03-01..2022-06-30"),
        ("comunicados entre noviembre y febrero de 2023", "2022-11-01..2023-02-28"),
        ("since 2018", "2018-01-01.."),
        ("releases of march 2025", "none"),
        ("comunicados de marzo y mayo de 2022", "none"),
    ] {
        let question = desk.question(text).unwrap();
        let list = desk.releases_asked(&question, AskedBy::Words, Language::ENGLISH);
        let list = list.unwrap_or_else(|| panic!("{text}: it asks for no releases"));
        let range = list.filter.range.map_or("none".to_owned(), |range| {
            let [from, until] = [range.from, range.until].map(|day| day.map(|day| day.to_string()).unwrap_or_default());
            format!("{from}..{until}")
        });
        assert_eq!((range.as_str(), list.filter.topic.as_slice()), (expected, [].as_slice()), "{text}");
    }
    assert_eq!(offered(&ask(&conversation, "releases since 2018")), [TB]);
}

#[test]
fn questions_about_releases_are_answered_by_lists() {
    let conversation = conversation();
    for (text, expected) in ASKED {
        let turn = ask(&conversation, text);
        assert_eq!((turn.kind, turn.outcome()), (ReplyKind::Releases, Outcome::Found), "{text}: {}", turn.reply.text());
        let n_expected = if expected.is_empty() { 6 } else { expected.len() };
        assert_eq!(offered(&turn).len(), n_expected, "{text}: {}", turn.reply.text());
        assert!(offered(&turn).starts_with(expected), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn questions_for_content_are_answered_by_passages() {
    let conversation = conversation();
    for text in [
        "what did the release on TB say about deaths?",
        "what do your releases say about deaths from TB?",
        "how many people died of tuberculosis in 2017?",
        "when was the release about the window published?",
        "who is the contact for the release of 22 March 2019?",
        "what was presented in December 2018?",
        "is there anything about funding?",
        "any news on the window for migrants?",
        "¿hay noticias de la ventanilla?",
        "how many meetings on health were there in November?",
        "¿quién es la persona de contacto del comunicado de tuberculosis?",
        "¿qué dice el comunicado sobre la ventanilla?",
        "¿cuántos salieron de La Unión en 2015?",
        "2018",
    ] {
        let turn = ask(&conversation, text);
        assert_ne!(turn.kind, ReplyKind::Releases, "{text}: {}", turn.reply.text());
    }
}

#[test]
fn lists_without_a_match_show_the_newest() {
    let conversation = conversation_by_meaning();
    for text in [
        "which of your releases mention Toronto?",
        "releases from 2012",
        "releases in French",
        "¿tienen algo de Guayaquil?",
        "1999",
    ] {
        let turn = ask(&conversation, text);
        assert_eq!((turn.kind, turn.outcome()), (ReplyKind::Releases, Outcome::NotFound), "{text}");
        assert_eq!(offered(&turn).first(), Some(&TB), "{text}");
    }
}

#[test]
fn no_word_for_releases_is_said_to_be_missing() {
    let conversation = conversation();
    for (text, missing) in [
        ("what do your press releases say about unicorns?", Some("unicorns")),
        ("¿qué dicen los comunicados de los unicornios?", Some("unicornios")),
        ("what is the release about?", None),
    ] {
        let turn = ask(&conversation, text);
        let said = turn.reply.blocks[0].text();
        assert!(missing.is_none_or(|word| said.contains(word)), "{text}: {said}");
        assert!(!said.contains("“release") && !said.contains("«comunicados»"), "{text}: {said}");
    }
}

/// Returns a conversation over `n` dated releases about harbours, the first also in Spanish.
fn harbours(n: usize) -> Conversation {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..n {
        let mut text = String::from("+++\n");
        writeln!(text, "title = \"Harbour number {number} opens\"\nlang = \"en\"\nplace = \"Lisbon\"").unwrap();
        writeln!(
            text,
            "date = \"2021-{:02}-{:02}\"\ndate_source = \"page\"\nunknown = [\"url\"]",
            number % 12 + 1,
            number / 12 + 1
        )
        .unwrap();
        writeln!(text, "[[contacts]]\nname = \"Ana Ruiz\"\nemail = \"ana@example.org\"\n+++").unwrap();
        writeln!(text, "Lisbon - The harbour of town {number} was opened by the mayor, who thanked its workers.")
            .unwrap();
        fs::write(folder.path().join(format!("harbour-{number}.en.md")), &text).unwrap();
        if number == 0 {
            let spanish = text.replace("lang = \"en\"", "lang = \"es\"").replace(
                "The harbour of town 0 was opened by the mayor, who thanked its workers",
                "El alcalde inauguró el puerto de la ciudad y agradeció a los trabajadores por todo lo que hicieron",
            );
            fs::write(folder.path().join("harbour-0.es.md"), spanish).unwrap();
        }
    }
    let (corpus, problems) = Corpus::load(folder.path(), None).unwrap();
    assert_eq!(corpus.releases.len(), n + 1, "{problems:?}");
    conversation_over(corpus)
}

#[test]
fn buttons_page_through_a_list() {
    let conversation = harbours(40);
    for (text, n_listed) in
        [("releases about harbours", 40), ("releases from 2021", 40), ("what did you publish in June 2021?", 3)]
    {
        let mut turn = ask(&conversation, text);
        let mut listed: Vec<String> = offered(&turn).into_iter().map(str::to_owned).collect();
        for next_page in 2.. {
            let mut choices = turn.reply.choices.iter();
            let is_next = |request: &Request| matches!(request, Request::Releases { page, .. } if *page == next_page);
            let Some(next) = choices.find(|choice| is_next(&choice.request)) else { break };
            let command = next.request.to_command();
            assert!(command.len() <= 64, "{command}");
            turn = ask(&conversation, &command);
            listed.extend(offered(&turn).into_iter().map(str::to_owned));
        }
        let n_distinct = listed.iter().collect::<std::collections::HashSet<_>>().len();
        assert_eq!((listed.len(), n_distinct), (n_listed, n_listed), "{text}: {listed:?}");
    }
}

#[test]
fn a_release_in_two_languages_is_listed_once() {
    let conversation = harbours(3);
    assert_eq!(offered(&ask(&conversation, "/releases Lisbon")).len(), 3);
    assert_eq!(offered(&ask(&conversation, "releases in Spanish")), ["harbour-0.es"]);
    assert_eq!(offered(&ask(&conversation, "the newest release")), ["harbour-2"]);
    for text in ["las 2 noticias más recientes", "the last two", "los últimos dos"] {
        assert_eq!(offered(&ask(&conversation, text)), ["harbour-2", "harbour-1"], "{text}");
    }
    // Who asks for a language behind an answer is shown the version in it.
    let in_hand = Context { releases: vec!["harbour-0".to_owned()], ..Context::default() };
    let turn = conversation.turn(&Request::parse("do you speak Spanish"), &in_hand);
    assert_eq!(offered(&turn), ["harbour-0.es"], "{}", turn.reply.text());
}

#[test]
fn words_turn_the_pages_of_the_list_in_hand() {
    let conversation = harbours(20);
    let all = ask(&conversation, "releases about harbours").reply.context.listed;
    let mut context = Context::default();
    // After the last page there is no other.
    for (text, first) in [
        ("releases about harbours", 0),
        ("next page", 8),
        ("página 3", 16),
        ("más", 16),
        ("página 18446744073709551615", 16),
        ("la página anterior", 8),
        ("previous", 0),
        ("page 1", 0),
        ("más páginas", 8),
        ("last page", 16),
        ("primera página", 0),
        ("la ultima pagina", 16),
    ] {
        let turn = conversation.turn(&Request::parse(text), &context);
        assert_eq!(offered(&turn).first().copied(), all.get(first).map(String::as_str), "{text}: {}", turn.kind);
        context = turn.reply.context;
    }
    let turn = conversation.turn(&Request::parse("more about harbour number 12"), &context);
    assert_eq!(turn.kind, ReplyKind::Passages, "it names something else than a page");
    // Behind an answer there is more of it, and where nothing was shown nothing is asked.
    let answered = conversation.turn(&Request::parse("next"), &turn.reply.context);
    assert!(matches!(answered.kind, ReplyKind::Passages | ReplyKind::Release), "{}", answered.kind);
    // Beside other words these turn no page.
    let behind = |text: &str| conversation.turn(&Request::parse(text), &turn.reply.context).kind;
    assert_ne!(behind("when will it be back?"), ReplyKind::Unclear);
    assert!(!matches!(behind("nada más, gracias"), ReplyKind::Passages | ReplyKind::Release));
    for text in ["page 2", "siguiente", "back"] {
        assert_eq!(ask(&conversation, text).kind, ReplyKind::Unclear, "{text}");
    }
}

#[test]
fn time_that_is_past_lists_the_newest() {
    let town_hall = conversation_over(Corpus::load(&project("tests/questions/townhall/corpus"), None).unwrap().0);
    let newest = &town_hall.desk().corpus().releases[0].id;
    for text in [
        "¿qué publicaron la semana pasada?",
        "comunicados del mes pasado",
        "novedades de este año",
        "what did you publish last week?",
        "communiqués du mois passé",
        "notícias do mês passado",
    ] {
        let turn = ask(&town_hall, text);
        assert_eq!(
            (turn.kind, offered(&turn).first().copied()),
            (ReplyKind::Releases, Some(newest.as_str())),
            "{text}"
        );
    }
}

#[test]
fn pages_of_an_order_stay_in_it() {
    let university = conversation_over(Corpus::load(&project("tests/questions/university/corpus"), None).unwrap().0);
    let first = ask(&university, "oldest releases first");
    let second = university.turn(&Request::parse("next"), &first.reply.context);
    let both: std::collections::HashSet<&str> = offered(&first).into_iter().chain(offered(&second)).collect();
    assert_eq!(both.len(), 16, "{}", second.reply.text());
    // A release that is opened has pages of its own.
    let iom = conversation();
    let opened = iom.turn(&Request::parse("el 1"), &ask(&iom, "/releases").reply.context);
    let next = iom.turn(&Request::parse("siguiente página"), &opened.reply.context);
    assert_eq!((opened.kind, next.kind), (ReplyKind::Release, ReplyKind::Release), "{}", next.reply.text());
    assert_ne!(opened.reply.text(), next.reply.text());
}

#[test]
fn words_of_another_language_are_topics() {
    let university = conversation_over(Corpus::load(&project("tests/questions/university/corpus"), None).unwrap().0);
    for text in ["releases about data", "press releases about data science"] {
        let turn = ask(&university, text);
        assert!(turn.reply.text().contains("data"), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn release_in_two_languages_is_one_entry_that_opens_what_it_names() {
    let folder = tempfile::tempdir().unwrap();
    for (name, lang, title, text) in [
        ("clinic.en.md", "en", "River clinic opens", "The clinic on the river was opened on Tuesday by the mayor."),
        ("clinic.es.md", "es", "Abre la clínica", "La alcaldesa inauguró el martes la clínica del río."),
        ("bus.en.md", "en", "Library bus arrives", "The bus with the books reached the town on Wednesday."),
    ] {
        let head =
            format!("title = {title:?}\nlang = {lang:?}\nunknown = [\"date\", \"place\", \"url\", \"contacts\"]");
        fs::write(folder.path().join(name), format!("+++\n{head}\n+++\n{text}\n")).unwrap();
    }
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    for (language, titles) in [
        (Language::ENGLISH, ["River clinic opens", "Library bus arrives"]),
        (Language::SPANISH, ["Abre la clínica", "Library bus arrives"]),
    ] {
        let context = Context { chosen_language: Some(language), ..Context::default() };
        let list = conversation.turn(&Request::parse("/releases"), &context);
        assert_eq!(offered(&list).len(), 2, "{}", list.reply.text());
        let opened = |request: &Request| conversation.turn(request, &context).reply.text();
        for title in titles {
            assert!(list.reply.text().contains(title), "{title}: {}", list.reply.text());
            assert!(
                offered(&list).iter().any(|id| opened(&Request::parse(&format!("/release {id}"))).contains(title)),
                "{title}"
            );
        }
        for (number, id) in (1..).zip(offered(&list)) {
            let by_number = opened(&Request::parse(&format!("/release {number}")));
            for name in [id.to_owned(), format!("\"{id}\""), format!("«{id}».")] {
                assert_eq!(by_number, opened(&Request::parse(&format!("/release {name}"))), "{name}");
            }
        }
    }
    let spanish = ask(&conversation, "do you have anything in Spanish?");
    assert_eq!(offered(&spanish), ["clinic.es"], "{}", spanish.reply.text());
}
