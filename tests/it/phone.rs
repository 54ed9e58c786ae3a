//! Replies as they are read on a phone: short, with the rest behind buttons.

use pressdesk::conversation::{Block, Context, Conversation, Reply, ReplyKind, Request, Style, Turn};
use pressdesk::corpus::Corpus;
use pressdesk::evaluation::n_lines;
use pressdesk::language::Language;
use pressdesk::telegram::delivery::layout::messages;
use serde_json::Value;

use crate::desk::{conversation, conversation_by_meaning, conversation_over, project};

/// Asks texts one after the other in one conversation; returns the last turn.
fn talk(conversation: &Conversation, texts: &[&str]) -> Turn {
    let mut context = Context::default();
    let mut last = None;
    for text in texts {
        let turn = conversation.turn(&Request::parse(text), &context);
        context = turn.reply.context.clone();
        last = Some(turn);
    }
    last.unwrap()
}

fn hospital() -> Conversation {
    over("hospital")
}

/// Opens a conversation over the releases of another organisation, with nothing else changed.
fn over(organisation: &str) -> Conversation {
    conversation_over(Corpus::load(&project(&format!("tests/questions/{organisation}/corpus")), None).unwrap().0)
}

fn labels(reply: &Reply) -> Vec<&str> {
    reply.choices.iter().map(|choice| choice.label.as_str()).collect()
}

/// Returns the reply to a tap on the button of a label.
fn tap(conversation: &Conversation, reply: &Reply, label: &str) -> Reply {
    let choice = reply.choices.iter().find(|choice| choice.label == label).unwrap();
    let request = Request::parse(&choice.request.to_command());
    // A tap may come long after the context was forgotten.
    conversation.turn(&request, &Context::default()).reply
}

fn quotations(reply: &Reply) -> Vec<&Block> {
    reply.blocks.iter().filter(|block| block.is_quotation()).collect()
}

#[test]
fn answer_quotes_one_passage_and_offers_the_rest() {
    let conversation = conversation();
    let reply = talk(&conversation, &["Who organized the workshop for doctors?"]).reply;
    assert_eq!(quotations(&reply).len(), 1, "{reply:?}");
    assert!(n_lines(&reply) <= 14, "{}", reply.text());
    assert_eq!(labels(&reply)[..3], ["Whole release", "More passages", "Contacts"], "{reply:?}");

    let more = tap(&conversation, &reply, "More passages");
    assert!(!quotations(&more).is_empty() && !quotations(&more).contains(&quotations(&reply)[0]), "{more:?}");
    let contacts = tap(&conversation, &reply, "Contacts").text();
    assert!(contacts.contains("miggomez@iom.int") && contacts.contains("aamaya@iom.int"), "{contacts}");
    let whole = tap(&conversation, &reply, "Whole release");
    assert!(whole.blocks.iter().any(|block| matches!(block, Block::Paragraph(_))), "{whole:?}");
}

#[test]
fn quotation_has_at_most_three_bold_runs() {
    let conversation = conversation();
    for question in ["who gave teh furnitur and computrs?", "What is the latest on TB among migrants?", "health"] {
        for block in quotations(&talk(&conversation, &[question]).reply) {
            let n_bold = block.spans().iter().filter(|span| span.style == Style::Strong).count();
            assert!(n_bold <= 3, "{question}: {block:?}");
        }
    }
}

#[test]
fn language_of_quotations_is_said_once_a_conversation() {
    let conversation = conversation();
    let question = "¿Quién pagó la ventanilla?";
    let is_said = |texts: &[&str]| talk(&conversation, texts).reply.text().contains("Cita en inglés");
    assert!(is_said(&[question]));
    assert!(!is_said(&[question, "¿cuántos doctores fueron al taller?"]));
    assert!(is_said(&[question, "/reset", question]));
}

#[test]
fn version_in_another_language_is_a_button() {
    let conversation = hospital();
    let reply = talk(&conversation, &["¿Cuántos trasplantes de riñón hubo?"]).reply;
    let (spanish, english) = (&quotations(&reply), tap(&conversation, &reply, "In English"));
    assert!(!spanish.is_empty() && reply.language == Language::SPANISH, "{reply:?}");
    let is_in = |language: &str| english.choices.iter().any(|choice| choice.label == language);
    assert!(is_in("En español") && english.text().contains("kidney"), "{english:?}");
}

#[test]
fn number_to_call_comes_first_and_can_be_copied() {
    let conversation = conversation();
    let reply = talk(&conversation, &["who do I call about the workshop for doctors?"]).reply;
    assert!(reply.text().starts_with("+503 2521 0511"), "{}", reply.text());
    assert!(reply.blocks.iter().all(|block| block.spans().iter().all(|span| span.style != Style::Code)), "{reply:?}");
    let message = serde_json::to_value(messages(&reply).pop().unwrap()).unwrap();
    let rows = message["reply_markup"]["inline_keyboard"].as_array().unwrap();
    let copied = rows.iter().flat_map(|row| row.as_array().unwrap()).map(|button| &button["copy_text"]["text"]);
    let copied: Vec<&str> = copied.filter_map(Value::as_str).collect();
    assert!(copied.contains(&"+503 2521 0511") && copied.contains(&"aamaya@iom.int"), "{message}");
}

#[test]
fn first_reply_names_the_bot_and_offers_three_ways_on() {
    for conversation in [&*conversation(), &hospital()] {
        let newest = &conversation.desk().corpus().releases[0];
        for text in ["/start", "hi", "hello"] {
            let reply = talk(conversation, &[text]).reply;
            assert_eq!(reply.blocks.len(), 2, "{text}: {reply:?}");
            assert!(n_lines(&reply) <= 9, "{}", reply.text());
            let commands: Vec<String> = reply.choices.iter().map(|choice| choice.request.to_command()).collect();
            assert_eq!(commands, ["/releases", &format!("/release {}", newest.id), "/contacts"], "{text}");
        }
        let empty = talk(conversation, &[""]).reply;
        assert_eq!(empty.choices.len(), 3, "{empty:?}");
    }
}

#[test]
fn whole_text_is_that_of_the_release_in_hand() {
    let conversation = conversation();
    for (question, wish) in [
        ("who paid for the window?", "can u send me the full text"),
        ("who paid for the window?", "I want to read the whole release please"),
        ("¿quién pagó la ventanilla?", "mándame el comunicado completo"),
        ("¿quién pagó la ventanilla?", "¿me puede enviar el texto completo?"),
    ] {
        let turn = talk(&conversation, &[question, wish]);
        assert_eq!(turn.kind, ReplyKind::Release, "{wish}");
        assert_eq!(turn.reply.context.releases, ["migrant-window"], "{wish}");
    }
    assert_eq!(talk(&conversation, &["can u send me the full text"]).kind, ReplyKind::Releases);
}

#[test]
fn doubt_is_answered_with_the_source_and_whom_to_ask() {
    let conversation = conversation();
    for (question, doubt) in [
        ("who paid for the window?", "is this true?"),
        ("who paid for the window?", "is that info reliable"),
        ("¿quién pagó la ventanilla?", "¿es cierto eso?"),
        ("¿quién pagó la ventanilla?", "¿y esa noticia es verdad?"),
    ] {
        let text = talk(&conversation, &[question, doubt]).reply.text();
        assert!(text.contains("“Window” for Migrants") && text.contains("+503 2521-0500"), "{doubt}: {text}");
        let alone = talk(&conversation, &[doubt]).reply;
        assert_eq!(alone.choices.len(), 3, "{doubt}: {alone:?}");
    }
}

#[test]
fn wish_for_more_gets_passages_not_yet_quoted() {
    let conversation = conversation_by_meaning();
    for (question, wish) in [("who paid for the window?", "tell me more"), ("¿quién pagó la ventanilla?", "¿qué más?")]
    {
        let first = talk(&conversation, &[question]).reply;
        let second = talk(&conversation, &[question, wish]).reply;
        let third = talk(&conversation, &[question, wish, wish]).reply;
        let [first, second, third] = [&first, &second, &third].map(|reply| quotations(reply)[0].text());
        assert!(first != second && second != third && first != third, "{wish}: {first}\n{second}\n{third}");
    }
}

#[test]
fn complaint_gets_another_passage_then_the_desk() {
    let conversation = conversation_by_meaning();
    let question = "¿quién pagó la ventanilla?";
    let first = talk(&conversation, &[question]).reply;
    let mut texts = vec![question, "eso no es lo que pregunté"];
    let other = talk(&conversation, &texts);
    assert_eq!(other.kind, ReplyKind::Complaint);
    assert!(!quotations(&other.reply).contains(&quotations(&first)[0]) && !quotations(&other.reply).is_empty());
    texts.extend(["eso no es lo que pregunté"; 3]);
    let last = talk(&conversation, &texts).reply;
    assert!(quotations(&last).is_empty() && last.text().contains("+503 2521-0500"), "{}", last.text());
}

#[test]
fn wish_for_a_translation_gets_the_version_there_is_or_the_desk() {
    let wish = "no entiendo inglés, ¿me lo traduces?";
    let conversation = conversation_by_meaning();
    let reply = talk(&conversation, &["¿quién pagó la ventanilla?", wish]).reply;
    let text = reply.text();
    assert!(text.contains("no se publicó en español") && text.contains("+503 2521-0500"), "{text}");
    assert!(labels(&reply).contains(&"Español") && labels(&reply).contains(&"English"), "{reply:?}");

    let hospital = hospital();
    let english = Context { releases: vec!["trasplante-renal".to_owned()], ..Context::default() };
    let english = Context { told_language: Some(Language::ENGLISH), ..english };
    let turn = hospital.turn(&Request::parse("no entiendo inglés"), &english);
    assert_eq!(turn.kind, ReplyKind::Language);
    let whole = turn.reply.choices.first().unwrap();
    assert_eq!(whole.request, Request::Release { id: "trasplante-renal.es".to_owned(), page: 1 });
}

#[test]
fn languages_are_buttons_named_in_themselves() {
    let reply = talk(&conversation(), &["/language"]).reply;
    assert_eq!(labels(&reply), ["English", "Español", "Français", "Português"]);
    assert!(!reply.text().contains("/language"), "{}", reply.text());
    for (name, language) in
        [("en español por favor", "es"), ("Spanish please", "es"), ("inglés", "en"), ("Spanisch", "es")]
    {
        let reply = talk(&conversation(), &[&format!("/language {name}")]).reply;
        assert_eq!(reply.context.chosen_language, Language::from_code(language), "{name}");
    }
    let unclear = talk(&conversation(), &["/language english or spanish"]).reply;
    assert_eq!(unclear.context.chosen_language, None);
}

#[test]
fn reply_to_a_text_of_no_language_is_in_that_of_the_conversation() {
    let town_hall = over("townhall");
    let language = |texts: &[&str]| talk(&town_hall, texts).reply.language;
    // That of most releases where nothing else is known.
    assert_eq!(language(&["predial 2024"]), Language::SPANISH);
    assert_eq!(language(&["when does the fair open?", "predial 2024"]), Language::ENGLISH);
    assert_eq!(language(&["when does the fair open?", "¿cuánto cuesta la entrada?", "predial"]), Language::SPANISH);
    assert_eq!(language(&["when does the fair open?", "/reset", "predial 2024"]), Language::SPANISH);
    let client = Context { client_language: Some(Language::ENGLISH), ..Context::default() };
    let reply = |context: &Context, text: &str| town_hall.turn(&Request::parse(text), context).reply;
    assert_eq!(reply(&client, "predial 2024").language, Language::ENGLISH);
    let spoken = reply(&client, "¿cuándo abre la feria?").context;
    assert_eq!(reply(&spoken, "predial 2024").language, Language::SPANISH);
}

#[test]
fn slips_in_the_words_of_a_question_hide_nothing() {
    let town_hall = over("townhall");
    for (typed, meant) in [
        ("kiero hablar con alguien de prensa", "quiero hablar con alguien de prensa"),
        ("ncesito el telefno de prensa", "necesito el telefono de prensa"),
        ("kuando empieza la bacunasion", "cuando empieza la vacunacion"),
        ("dodne pago el predial", "donde pago el predial"),
        ("wehn is teh water cut", "when is the water cut"),
        ("dont you have a phone", "don't you have a phone"),
    ] {
        let (typed_turn, meant_turn) = (talk(&town_hall, &[typed]), talk(&town_hall, &[meant]));
        assert_ne!(meant_turn.kind, ReplyKind::Unclear, "{meant}");
        assert_eq!(typed_turn.reply.text(), meant_turn.reply.text(), "{typed}");
    }
}

#[test]
fn period_behind_an_answer_goes_on_from_it() {
    let town_hall = over("townhall");
    for text in ["y el año pasado?", "and last year?", "this year?", "¿cuánto fue el año pasado?"] {
        let turn = talk(&town_hall, &["cuanto pagan de beca en preparatoria en el ciclo 2022-2023", text]);
        assert_ne!(turn.kind, ReplyKind::Releases, "{text}: {}", turn.reply.text());
    }
}

#[test]
fn release_that_names_nobody_leads_to_the_desk() {
    let turn = talk(&over("transit"), &["when is the lost property sale of 2024", "who can I call"]);
    let text = turn.reply.text();
    assert!(text.contains("names nobody") && text.contains("press@cvt.example"), "{text}");
    assert_eq!(turn.contacts.len(), 1);
}

#[test]
fn year_behind_an_answer_goes_on_from_it() {
    let ministry = over("ministry");
    let turn = talk(&ministry, &["how much is a fishing licence?", "for 2023?"]);
    assert_eq!(turn.kind, ReplyKind::Passages, "{}", turn.reply.text());
    let turn = talk(&ministry, &["how much is a fishing licence?", "since 2023?"]);
    assert_eq!(turn.kind, ReplyKind::Passages, "{}", turn.reply.text());
    assert_eq!(talk(&ministry, &["since 2023"]).kind, ReplyKind::Releases);
    assert_eq!(talk(&ministry, &["releases of 2023"]).kind, ReplyKind::Releases);
    assert_eq!(talk(&ministry, &["how much is a fishing licence?", "12 February 2024"]).kind, ReplyKind::Releases);
}

#[test]
fn list_in_hand_is_forgotten_when_something_else_is_shown() {
    let town_hall = over("townhall");
    let opened = |texts: &[&str]| talk(&town_hall, texts).kind == ReplyKind::Release;
    let second = talk(&town_hall, &["comunicados de 2022", "el segundo"]).reply.context.releases;
    assert_eq!(second, ["vacunacion-influenza"]);
    // Of a list of all, what is said of it is not “of these”, and the list stays.
    let all = ["/releases", "y el más viejo?", "y el más nuevo?"];
    assert_eq!(talk(&town_hall, &all).reply.context.releases, ["mercado-municipal"]);
    assert!(opened(&["/releases", "y el más viejo?", "el segundo"]));
    let listed = |texts: &[&str]| talk(&town_hall, texts).reply.text();
    assert!(listed(&["comunicados de 2022", "y de 2023?"]).starts_with("4 comunicados de 2023"));
    assert!(listed(&["comunicados de 2022", "y la más vieja?"]).contains("de estos"));
    assert!(opened(&["comunicados de 2022", "el segundo", "¿y el tercero?"]));
    assert!(opened(&["comunicados de 2022", "el segundo"]) && opened(&["/releases", "3"]));
    assert!(!opened(&["comunicados de 2022", "¿cuándo es la feria?", "3"]) && !opened(&["3"]));
    assert!(!opened(&["comunicados de 2022", "/reset", "3"]) && !opened(&["comunicados de 2022", "300"]));
}
