//! Messages that ask more than one thing, or tell of who asks first.

use pressdesk::conversation::{Context, Conversation, ReplyKind, Request, Turn};
use pressdesk::corpus::Corpus;
use pressdesk::desk::Answer;
use serde::Deserialize;

use crate::desk::{conversation_by_meaning, conversation_over, project};

/// A labelled message.
#[derive(Debug, Deserialize)]
struct Message {
    corpus: String,
    kind: String,
    message: String,
    want: Vec<Wanted>,
}

/// Passages that answer one of its questions.
#[derive(Debug, Deserialize)]
struct Wanted {
    release: String,
    paragraphs: Vec<usize>,
}

/// Opens a conversation over the releases of an organisation, by words alone.
fn over(organisation: &str) -> Conversation {
    let folder =
        if organisation == "six" { "corpus".to_owned() } else { format!("tests/questions/{organisation}/corpus") };
    conversation_over(Corpus::load(&project(&folder), None).unwrap().0)
}

fn ask(conversation: &Conversation, text: &str) -> Turn {
    conversation.turn(&Request::parse(text), &Context::default())
}

fn is_quoted(turn: &Turn, wanted: &Wanted) -> bool {
    let shown = turn.answer.as_ref().map(|answer| answer.shown()).unwrap_or_default();
    shown.iter().any(|shown| shown.release == wanted.release && wanted.paragraphs.contains(&shown.paragraph))
}

/// The share of messages of a kind of which every question that has an answer is answered by words alone is at least this, a little below
/// the current one.
const FLOORS: [(&str, f64); 3] = [("two", 0.47), ("half", 0.70), ("one", 0.68)];

#[test]
fn several_questions_of_a_message_are_each_answered() {
    let text = std::fs::read_to_string(project("tests/questions/several/messages.jsonl")).unwrap();
    let messages: Vec<Message> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut answered: Vec<(String, bool)> = Vec::new();
    for corpus in ["townhall", "transit", "six"] {
        let conversation = over(corpus);
        for message in messages.iter().filter(|message| message.corpus == corpus) {
            let turn = ask(&conversation, &message.message);
            let says_unanswered =
                matches!(&turn.answer, Some(Answer::Found { unanswered, .. }) if !unanswered.is_empty());
            // A single question is not taken for two.
            let is_whole = message.kind != "one" || !says_unanswered;
            answered
                .push((message.kind.clone(), is_whole && message.want.iter().all(|wanted| is_quoted(&turn, wanted))));
        }
    }
    assert_eq!(answered.len(), messages.len());
    let figures: Vec<(&str, usize, usize, f64)> = FLOORS
        .iter()
        .map(|(kind, floor)| {
            let of_kind: Vec<bool> =
                answered.iter().filter(|(of, _)| of == kind).map(|(_, is_right)| *is_right).collect();
            (*kind, of_kind.iter().filter(|is_right| **is_right).count(), of_kind.len(), *floor)
        })
        .collect();
    for (_, n_right, n_all, floor) in &figures {
        assert!(*n_right as f64 >= floor * *n_all as f64, "{figures:?}");
    }
}

#[test]
fn question_of_several_without_an_answer_is_said() {
    let six = conversation_by_meaning();
    for (text, asked) in [
        ("how many doctors took part in the workshop and how much is a taxi to the airport?", "how much is a taxi"),
        ("¿Cuántos médicos fueron al taller? ¿Quién es el presidente de Brasil?", "presidente de Brasil"),
    ] {
        let turn = ask(&six, text);
        assert_eq!(turn.kind, ReplyKind::Passages, "{text}");
        let last = turn.reply.blocks.last().unwrap().text();
        assert!(last.contains(asked), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn contact_asked_for_beside_a_question_is_told() {
    let turn =
        ask(&conversation_by_meaning(), "How many doctors took part in the workshop? What is the email of Alba Amaya?");
    assert_eq!(turn.kind, ReplyKind::Passages, "{}", turn.reply.text());
    assert!(turn.reply.text().contains("aamaya@iom.int"), "{}", turn.reply.text());
}

#[test]
fn line_of_its_own_is_a_question_of_its_own() {
    let turn = ask(
        &conversation_by_meaning(),
        "how many doctors took part in the workshop\nhow much is a taxi to the airport",
    );
    assert!(turn.reply.text().contains("how much is a taxi to the airport"), "{}", turn.reply.text());
}

#[test]
fn first_of_two_questions_is_about_what_the_second_names() {
    let six = conversation_by_meaning();
    let before = ask(&six, "who funded the window for migrants?").reply.context;
    for context in [&Context::default(), &before] {
        let turn = six.turn(&Request::parse("When? And who paid for the workshop for doctors?"), context);
        let releases = turn.answer.as_ref().map(|answer| answer.shown()).unwrap_or_default();
        assert!(releases.len() > 1, "{}", turn.reply.text());
        assert!(releases.iter().all(|shown| shown.release == "medical-staff-training"), "{}", turn.reply.text());
    }
}

#[test]
fn names_of_who_asks_are_not_missed_in_what_they_ask() {
    let six = conversation_by_meaning();
    for text in [
        "I'm Beatriz Solano from the Daily Courier. How many doctors took part in the workshop?",
        "Buenas, soy Beatriz Solano del Correo Diario. ¿Cuántos médicos participaron en el taller?",
    ] {
        let turn = ask(&six, text);
        assert_eq!(turn.kind, ReplyKind::Passages, "{text}: {}", turn.reply.text());
    }
    // A name in the question itself is missed as ever.
    let turn = ask(&six, "I'm Beatriz Solano. How many doctors took part in the workshop in Patagonia?");
    assert_eq!(turn.kind, ReplyKind::NotFound, "{}", turn.reply.text());
}

#[test]
fn contact_is_given_to_who_tells_of_themselves_first() {
    let conversation = over("six");
    for text in [
        "I'm with Radio Salvador, who do I talk to at the press office?",
        "soy periodista de Radio Honduras, ¿con quién hablo de prensa?",
    ] {
        assert_eq!(ask(&conversation, text).kind, ReplyKind::Contacts, "{text}");
    }
}

#[test]
fn cry_for_help_beside_a_question_is_heard() {
    let six = conversation_by_meaning();
    for text in [
        "How many doctors took part in the workshop? My husband is going to kill me",
        "Good morning. I am being held by a trafficker. Where is the window?",
        "¿Dónde está la ventanilla? Me tienen encerrada y no puedo salir",
        "J'ai peur, mon mari veut me tuer. Où est le bureau ?",
        "who paid for the workshop, and where can I go, my father beats me",
        "¿Cuándo fue el taller? ¿Y qué hago si me quiere matar?",
    ] {
        assert_eq!(ask(&six, text).kind, ReplyKind::Danger, "{text}");
    }
    for text in [
        "My mother has cancer. What are the visiting hours?",
        "Estoy embarazada. ¿Puedo vacunarme?",
        "Me robaron el celular ayer. ¿A qué número se hacen las denuncias?",
        "I lost my job. Are there grants?",
        "It was an accident. Who paid for the repairs?",
        "When did the boat sink and how many were rescued?",
    ] {
        assert_ne!(ask(&six, text).kind, ReplyKind::Danger, "{text}");
    }
}
