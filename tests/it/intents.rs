//! Intents: cries for help, small talk and questions that are told apart.
// Prints its figures: `cargo test --test it intents -- --nocapture`.
#![allow(clippy::print_stdout)]

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

use pressdesk::conversation::{Context, Conversation, ReplyKind, Request, Turn};
use pressdesk::corpus::{Corpus, Paragraph, Release};
use pressdesk::desk::Outcome;
use pressdesk::evaluation;
use pressdesk::intent::{Examples, Intent};
use pressdesk::language::Language;
use pressdesk::text::fold;
use serde::Deserialize;

use crate::desk::{conversation, conversation_by_meaning, conversation_over, project};

/// A message with its intent, none of them an example.
#[derive(Deserialize)]
struct Message {
    intent: String,
    text: String,
}

fn messages(file: &str) -> Vec<Message> {
    let text = fs::read_to_string(project(&format!("tests/questions/intents/{file}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ask(conversation: &Conversation, text: &str) -> Turn {
    conversation.turn(&Request::parse(text), &Context::default())
}

/// Tells whether a reply is one to a message that asks the releases nothing, a cry for help aside.
fn is_talk(kind: ReplyKind) -> bool {
    use ReplyKind::{Abuse, Complaint, Goodbye, Greeting, Help, Identity, Instruction, Privacy, SmallTalk, Thanks};
    kind == ReplyKind::Language
        || [Abuse, Complaint, Goodbye, Greeting, Help, Identity, Instruction, Privacy, SmallTalk, Thanks]
            .contains(&kind)
}

/// Returns the share of some texts that are answered as `is_right` says, and those that are not.
fn share<'t>(
    conversation: &Conversation,
    texts: impl Iterator<Item = &'t str>,
    is_right: impl Fn(ReplyKind) -> bool,
) -> (f64, Vec<&'t str>) {
    let texts: Vec<&str> = texts.collect();
    let wrong: Vec<&str> = texts.iter().copied().filter(|text| !is_right(ask(conversation, text).kind)).collect();
    (1.0 - wrong.len() as f64 / texts.len() as f64, wrong)
}

/// Holds the messages of a file to floors: cries seen, controls quiet, and talk seen where there is any.
fn check_messages(conversation: &Conversation, file: &str, floors: &[f64]) {
    let messages = messages(file);
    let of = |is_it: fn(&str) -> bool| {
        messages.iter().filter(move |message| is_it(&message.intent)).map(|message| message.text.as_str())
    };
    let is_danger = |kind| kind == ReplyKind::Danger;
    let seen = share(conversation, of(|intent| intent == "danger"), is_danger);
    let quiet = share(conversation, of(|intent| intent == "question"), |kind| !is_danger(kind) && !is_talk(kind));
    let talk = share(conversation, of(|intent| intent != "danger" && intent != "question"), is_talk);
    let reached = [seen, quiet, talk];
    for ((share, wrong), floor) in reached.iter().zip(floors.iter().copied()) {
        println!("{file}: {share:.3}");
        assert!(*share >= floor, "{file}: {share:.3} is under {floor}: {wrong:?}");
    }
}

/// Holds the labelled questions that have an answer to the largest shares that may be taken for a cry for help and for talk.
fn check_questions(conversation: &Conversation, most: [f64; 2]) {
    let files = ["dev_kept", "kept", "traps_kept", "hospital/questions"];
    let files = files.map(|name| project(&format!("tests/questions/{name}.jsonl")));
    let questions = files.iter().flat_map(|file| evaluation::load(file).unwrap());
    let in_scope = questions.filter(|labelled| labelled.gold_release.is_some() && labelled.context.is_none());
    let texts: Vec<String> = in_scope.map(|labelled| labelled.question).collect();
    let texts = || texts.iter().map(String::as_str);
    let (danger, talk) = (
        share(conversation, texts(), |kind| kind != ReplyKind::Danger),
        share(conversation, texts(), |kind| !is_talk(kind)),
    );
    for ((share, wrong), most) in [danger, talk].iter().zip(most) {
        assert!(1.0 - share <= most, "{:.4} is over {most}: {wrong:?}", 1.0 - share);
    }
}

#[test]
fn intents_are_told_apart_by_meaning() {
    let conversation = conversation_by_meaning();
    check_messages(&conversation, "kept", &[0.97, 0.96, 0.93]);
    check_messages(&conversation, "everyday", &[0.98, 0.97, 0.93]);
    check_messages(&conversation, "troubles", &[0.98, 0.95]);
    check_messages(&conversation, "hard", &[0.97, 0.95, 0.45]);
    check_questions(&conversation, [0.008, 0.006]);
}

#[test]
fn intents_are_told_apart_by_words_alone() {
    let conversation = conversation();
    check_messages(&conversation, "kept", &[0.84, 0.95, 0.76]);
    check_messages(&conversation, "everyday", &[0.93, 0.97, 0.84]);
    check_messages(&conversation, "troubles", &[0.94, 0.91]);
    check_messages(&conversation, "hard", &[0.93, 0.95, 0.25]);
    check_questions(&conversation, [0.012, 0.008]);
}

#[test]
fn cry_for_help_is_answered_with_help_alone() {
    for conversation in [&*conversation(), &conversation_by_meaning()] {
        for (text, language) in [
            ("SOS", None),
            ("911 now", Some("en")),
            ("HELP ME!!!", Some("en")),
            ("im being traffickedd", Some("en")),
            ("heeelp meee", Some("en")),
            ("ayudaaaa", Some("es")),
            ("hola, me secuestraronnn", Some("es")),
            ("me tienen encerrada y no me dejan salir", Some("es")),
        ] {
            let turn = ask(conversation, text);
            assert_eq!(turn.kind, ReplyKind::Danger, "{text}");
            assert_eq!((turn.outcome(), turn.reply.blocks.len()), (Outcome::Unclear, 1), "{text}");
            assert!(turn.answer.is_none() && turn.contacts.is_empty() && turn.reply.choices.is_empty(), "{text}");
            let said = Language::from_code(language.unwrap_or("en"));
            assert_eq!(Some(turn.reply.language), said, "{text}");
        }
    }
}

#[test]
fn greeting_to_a_place_hides_nothing() {
    for conversation in [&*conversation(), &conversation_by_meaning()] {
        for text in ["hola El Salvador", "hola desde Honduras", "hello from Guatemala"] {
            assert_eq!(ask(conversation, text).kind, ReplyKind::Greeting, "{text}");
        }
        for text in ["hola, ¿y en Guatemala?", "hello, can I go to Canada?", "hello, I can't go on, Berlin"] {
            assert_ne!(ask(conversation, text).kind, ReplyKind::Greeting, "{text}");
        }
    }
    for text in ["hola, ya no puedo más", "hola, no aguanto más, Lima", "hello, I can't go on, Berlin"] {
        assert_eq!(ask(&conversation_by_meaning(), text).kind, ReplyKind::Danger, "{text}");
    }
}

#[test]
fn text_like_talk_that_the_releases_answer_is_a_question() {
    let conversation = conversation_by_meaning();
    let turn = ask(&conversation, "do you know the window for migrants?");
    assert_eq!(turn.kind, ReplyKind::Passages, "{}", turn.reply.text());
    for text in ["what day is it over there?", "do you know me at all?", "could you maybe help me out?"] {
        let turn = ask(&conversation, text);
        assert!(is_talk(turn.kind), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn greeting_with_question_is_a_question() {
    for conversation in [&*conversation(), &conversation_by_meaning()] {
        for text in [
            "hola, ¿quién pagó el taller?",
            "hello, who paid for the workshop?",
            "good morning! how many doctors were trained",
            "buenas tardes, quisiera saber dónde está la ventanilla",
            "hi please what is the phone number of the press officer",
        ] {
            let turn = ask(conversation, text);
            assert!(turn.question.is_some(), "{text}: {}", turn.kind);
        }
    }
}

/// A release may write a word of need as a name: “Suicide Prevention Line”.
#[test]
fn names_of_releases_hide_no_cry_for_help() {
    let cries = || messages("kept").into_iter().filter(|message| message.intent == "danger");
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let all_words: String = cries().map(|message| capitalised(&message.text)).collect::<Vec<_>>().join(" and ");
    let release = Release {
        paragraphs: vec![Paragraph { text: format!("It is the {all_words}."), line: 1 }],
        ..Release::clone(&corpus.releases[0])
    };
    let naming = conversation_over(Corpus { releases: vec![Arc::new(release)] });
    let n_missed = |conversation: &Conversation| {
        cries().filter(|message| ask(conversation, &message.text).kind != ReplyKind::Danger).count()
    };
    let (missed, before) = (n_missed(&naming), n_missed(&conversation()));
    assert!(missed <= before, "{missed} cries for help are missed, {before} over other releases");
    let classifier = naming.classifier();
    let alone =
        cries().filter(|message| classifier.recognise(&message.text, None, false).intent != Intent::Danger).count();
    assert!(before <= alone, "{before} are missed in conversation, {alone} by likeness to the examples alone");
}

fn capitalised(text: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let words = text.split_whitespace().filter(|word| word.starts_with(|letter: char| letter.is_ascii_alphabetic()));
    words.map(capital).collect::<Vec<_>>().join(" ")
}

#[test]
fn topics_and_half_questions_are_no_talk() {
    let folder = project("tests/questions/townhall/corpus");
    let (corpus, _) = Corpus::load(&folder, None).unwrap();
    let conversation = conversation_over(corpus);
    let first = ask(&conversation, "cuando es la feria");
    let after = first.reply.context;
    for (text, context) in [
        ("feria", &Context::default()),
        ("lluvias", &Context::default()),
        ("a que hora", &after),
        ("hasta cuando", &after),
    ] {
        let turn = conversation.turn(&Request::parse(text), context);
        assert!(!is_talk(turn.kind), "{text}: {:?}", turn.kind);
    }
    for text in ["gracias", "hasta luego", "quién eres"] {
        let turn = conversation.turn(&Request::parse(text), &after);
        assert!(is_talk(turn.kind), "{text}: {:?}", turn.kind);
    }
}

#[test]
fn language_is_chosen_by_its_name() {
    let conversation = conversation();
    for (name, language) in
        [("español", "es"), ("Spanish", "es"), ("castellano", "es"), ("ingles", "en"), ("English", "en"), ("ES", "es")]
    {
        let reply = conversation.turn(&Request::parse(&format!("/language {name}")), &Context::default()).reply;
        assert_eq!(reply.context.chosen_language, Language::from_code(language), "{name}");
    }
    let reply = conversation.turn(&Request::parse("/language klingon"), &Context::default()).reply;
    assert_eq!(reply.context.chosen_language, None);
    for (text, chosen) in [
        ("can you answer in French", Some("fr")),
        ("¿habla usted inglés?", Some("en")),
        ("hablas ingles?", Some("en")),
        ("no entiendo inglés", None),
        ("I don't understand Spanish", None),
        ("por qué me responde en inglés", None),
        ("traduce eso", None),
    ] {
        let turn = conversation.turn(&Request::parse(text), &Context::default());
        assert_eq!(turn.kind, ReplyKind::Language, "{text}");
        assert_eq!(turn.reply.context.chosen_language.as_ref().map(Language::code), chosen, "{text}");
    }
}

#[test]
fn half_a_question_about_an_ambulance_is_no_cry_for_help() {
    let town_hall = conversation_over(Corpus::load(&project("tests/questions/townhall/corpus"), None).unwrap().0);
    let shown = Context { releases: vec!["feria-del-rio-2022".to_owned()], ..Context::default() };
    let kind = |text: &str, context: &Context| town_hall.turn(&Request::parse(text), context).kind;
    for text in ["y las ambulancias", "¿y la policía?", "and the police?"] {
        assert_ne!(kind(text, &shown), ReplyKind::Danger, "{text}");
    }
    for text in ["una ambulancia ya", "y mi hija no respira", "auxilio policía", "¡y la policía!"] {
        assert_eq!(kind(text, &shown), ReplyKind::Danger, "{text}");
    }
}

#[test]
fn no_labelled_message_is_an_example() {
    let examples = Examples::load(&project("config/intents")).unwrap();
    let examples: HashSet<String> = examples.texts().iter().map(|text| fold(text)).collect();
    for message in ["kept", "everyday", "troubles", "hard"].into_iter().flat_map(messages) {
        assert!(!examples.contains(&fold(&message.text)), "{}", message.text);
    }
}
