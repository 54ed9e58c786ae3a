//! Contacts: which ones a question is answered with, and how many at once.
// Prints the bounded figures: `cargo test --test it contacts -- --nocapture`.
#![allow(clippy::print_stdout)]

mod others;
mod own_desk;

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use pressdesk::console::render;
use pressdesk::conversation::{Context, Conversation, Reply, Request};
use pressdesk::corpus::{Contact, Corpus, Paragraph, Release};
use pressdesk::desk::{Answer, Outcome};
use pressdesk::language::Language;
use pressdesk::telegram::delivery::layout::messages;

use crate::desk::{conversation, conversation_by_meaning, conversation_over, project};

fn ask(conversation: &Conversation, text: &str, context: &Context) -> Reply {
    conversation.turn(&Request::parse(text), context).reply
}

fn corpus() -> Corpus {
    Corpus::load(&project("corpus"), None).unwrap().0
}

fn text(reply: &Reply) -> String {
    anstream::adapter::strip_str(&render(reply)).to_string()
}

/// Releases, each with its name in a question for its contact and in one for its content, in English and in Spanish.
const TOPICS: [(&str, [&str; 2], [&str; 2]); 6] = [
    (
        "tb-think-universal",
        ["tuberculosis", "la tuberculosis"],
        ["how many people die of TB?", "¿cuántos mueren de tuberculosis?"],
    ),
    (
        "migrant-window",
        ["the window for migrants", "la ventanilla"],
        ["who funded the window?", "¿quién financió la ventanilla?"],
    ),
    (
        "right-to-health",
        ["the right to health of migrants", "el derecho a la salud de los migrantes"],
        ["which meetings on the right to health were held?", "¿qué reuniones hubo sobre el derecho a la salud?"],
    ),
    (
        "medical-staff-training",
        ["the training of medical staff", "la capacitación del personal médico"],
        ["how many doctors took part in the workshop?", "¿cuántos doctores fueron al taller?"],
    ),
    (
        "migrant-women-guidelines",
        ["the women's guidelines", "las directrices para mujeres"],
        ["who presented the guidelines for women?", "¿quién presentó las directrices para mujeres?"],
    ),
    (
        "migrant-children-rcm",
        ["the meeting on migrant children", "la reunión sobre niñez migrante"],
        ["who met about migrant children?", "¿quiénes se reunieron por la niñez migrante?"],
    ),
];

/// Follow-ups that ask for a contact without naming a topic.
const FOLLOW_UPS: [&[&str]; 2] = [
    &[
        "phone number?",
        "and the email?",
        "who can I call about that",
        "and the number?",
        "who is the contact?",
        "is there a phone number?",
        "do you have an e-mail address for them?",
        "who should I write to about this release?",
        "number please",
        "can I talk to a person",
    ],
    &[
        "¿y el teléfono?",
        "y el número?",
        "a quién llamo",
        "¿y el correo?",
        "¿quién es el contacto?",
        "¿con quién puedo hablar sobre eso?",
        "¿tienen un correo electrónico?",
        "¿hay algún número al que pueda llamar?",
        "el celular porfa",
        "quiero hablar con una persona",
        "¿y su correo electrónico?",
    ],
];

fn about(release: &str) -> Context {
    Context { releases: vec![release.to_owned()], ..Context::default() }
}

/// Tells whether a reply names the contacts of a release and nobody else.
fn names_contacts_of(reply: &Reply, release: &str) -> bool {
    let corpus = corpus();
    let said = text(reply);
    let release = corpus.release(release, Language::ENGLISH).unwrap();
    let lines = |contact: &Contact| {
        [&contact.name, &contact.phone, &contact.email].map(|part| part.clone().unwrap_or_default())
    };
    let own: Vec<[String; 3]> = release.contacts.iter().map(lines).collect();
    let others = corpus.releases.iter().flat_map(|other| &other.contacts).map(lines);
    let is_in =
        |part: &str| !part.is_empty() && own.iter().flatten().all(|known| !known.contains(part)) && said.contains(part);
    own.iter().flatten().all(|part| said.contains(part.as_str()))
        && !others.flatten().any(|part| is_in(&part))
        && reply.context.releases == [release.id.clone()]
}

/// Counts the follow-ups that are not answered with the contacts of the current release.
fn others_named(conversation: &Conversation) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut n_asked = 0;
    for (release, names, questions) in TOPICS {
        for ((name, question), follow_ups) in names.into_iter().zip(questions).zip(FOLLOW_UPS) {
            let before = [
                ask(conversation, &format!("/release {release}"), &Context::default()),
                ask(conversation, &format!("press contact: {name}"), &Context::default()),
                ask(conversation, question, &Context::default()),
            ];
            for before in before.iter().filter(|before| before.context.releases == [release]) {
                for follow_up in follow_ups {
                    n_asked += 1;
                    let reply = ask(conversation, follow_up, &before.context);
                    if !names_contacts_of(&reply, release) {
                        wrong.push(format!("{release}: {follow_up}"));
                    }
                }
            }
        }
    }
    println!("{} of {n_asked} follow-ups name others", wrong.len());
    assert!(n_asked >= 200, "too few of the questions before are answered from one release: {n_asked} follow-ups");
    wrong
}

/// Counts the questions for the contact of a release other than the current one that are not answered with it.
fn turns_missed(conversation: &Conversation) -> Vec<String> {
    let mut missed = Vec::new();
    let mut n_asked = 0;
    for (release, ..) in TOPICS {
        for (other, names, _) in TOPICS.iter().filter(|(other, ..)| *other != release) {
            let asked = [
                format!("who can I call about {}?", names[0]),
                format!("and the phone number for {}?", names[0]),
                format!("¿y el teléfono sobre {}?", names[1]),
                format!("¿a quién llamo por {}?", names[1]),
            ];
            for question in asked {
                n_asked += 1;
                let alone = ask(conversation, &question, &Context::default());
                let turned = ask(conversation, &question, &about(release));
                // Questions that fail without a context do not count.
                if names_contacts_of(&alone, other) && !names_contacts_of(&turned, other) {
                    missed.push(format!("{release} → {other}: {question}"));
                }
            }
        }
    }
    println!("{} of {n_asked} questions for another contact stay with the release in hand", missed.len());
    missed
}

#[test]
fn contact_follow_up_stays_with_current_release() {
    let conversation = conversation();
    let (others, missed) = (others_named(&conversation), turns_missed(&conversation));
    assert_eq!((others, missed), (Vec::new(), Vec::new()));
}

#[test]
fn contact_follow_up_stays_with_current_release_by_meaning() {
    let conversation = conversation_by_meaning();
    let (others, missed) = (others_named(&conversation), turns_missed(&conversation));
    assert_eq!((others, missed), (Vec::new(), Vec::new()));
}

#[test]
fn named_person_of_the_current_release_comes_first() {
    let conversation = conversation();
    let reply = ask(&conversation, "and Alba's phone number?", &about("right-to-health"));
    assert!(text(&reply).contains("503. 25210500") && !text(&reply).contains("2521-0500"), "{}", text(&reply));
    let reply = ask(&conversation, "what is Alba Amaya's e-mail?", &about("tb-think-universal"));
    assert!(text(&reply).contains("aamaya@iom.int") && !text(&reply).contains("Carlos"), "{}", text(&reply));
    let reply = ask(&conversation, "and her phone?", &reply.context);
    assert!(text(&reply).contains("Alba Miriam Amaya") && !text(&reply).contains("Carlos"), "{}", text(&reply));
}

#[test]
fn unknown_topic_is_refused_despite_a_current_release() {
    let conversation = conversation();
    for asked in ["who do I call about the price of coffee?", "¿a quién llamo por el precio del café?"] {
        for context in [Context::default(), about("tb-think-universal")] {
            let reply = ask(&conversation, asked, &context);
            assert_eq!(reply.outcome, Some(Outcome::NotFound), "{asked}");
        }
    }
}

#[test]
fn person_named_with_topic_is_from_its_release() {
    let asked = "Alba Amaya's number for the workshop of medical staff on trafficking";
    let reply = text(&ask(&conversation(), asked, &Context::default()));
    assert!(reply.contains("+503 2521 0511") && !reply.contains("2521-0500"), "{reply}");
}

#[test]
fn missing_phone_or_email_is_stated() {
    let conversation = conversation();
    let reply = ask(&conversation, "and the email?", &about("migrant-women-guidelines"));
    assert!(text(&reply).contains("The release gives no e-mail address for Miguel Gómez."), "{}", text(&reply));
    assert!(text(&reply).contains("+503 2521-0500 Ext. 540"), "{}", text(&reply));
    let reply = ask(&conversation, "¿y el teléfono?", &about("medical-staff-training"));
    assert!(text(&reply).contains("El comunicado no da un teléfono de José Miguel Gómez."), "{}", text(&reply));
    assert!(text(&reply).contains("+503 2521 0511"), "{}", text(&reply));
    let reply = ask(&conversation, "who is the contact?", &about("migrant-women-guidelines"));
    assert!(!text(&reply).contains("gives no"), "{}", text(&reply));
}

fn contact(name: &str, office: &str, phone: &str, email: &str) -> Contact {
    let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Contact { name: part(name), role: None, office: part(office), phone: part(phone), email: part(email) }
}

fn release(number: usize, text: &str, contacts: Vec<Contact>) -> Arc<Release> {
    static MODEL: LazyLock<Arc<Release>> = LazyLock::new(|| Arc::clone(&corpus().releases[0]));
    Arc::new(Release {
        id: format!("r{number}"),
        aliases: Vec::new(),
        title: format!("Release number {number}"),
        subtitle: None,
        url: None,
        topics: Vec::new(),
        paragraphs: vec![Paragraph { text: text.to_owned(), line: 1 }],
        contacts,
        ..Release::clone(&MODEL)
    })
}

/// Returns the conversation over releases with a contact each.
fn conversation_with(contacts: Vec<Contact>) -> Conversation {
    let releases = contacts.into_iter().enumerate();
    let text = "An office was opened on Monday.";
    conversation_over(Corpus { releases: releases.map(|(number, one)| release(number, text, vec![one])).collect() })
}

/// Returns the names and offices of the people that all contacts are merged into.
fn people(contacts: Vec<Contact>) -> Vec<String> {
    let n_people = conversation_with(contacts).desk().all_contacts().list().into_iter();
    n_people.map(|contact| contact.name.or(contact.office).unwrap_or_default()).collect()
}

#[test]
fn one_person_is_listed_once() {
    for same in [
        [contact("Ana López", "IOM", "1234567", ""), contact("ana lopez", "IOM", "7654321", "")],
        [contact("Ana López", "IOM", "", "a@iom.int"), contact("Ana López", "IOM Peru", "", "A@iom.int")],
        [contact("Ana López", "", "+51 123-4567", ""), contact("Ana López", "IOM", "(51) 123 4567", "")],
        [contact("Ana López", "", "", "a@iom.int"), contact("Ana María López", "IOM", "", "a@iom.int")],
        [contact("Ana M. López", "", "", "a@iom.int"), contact("Ana María López", "", "", "a@iom.int")],
        [contact("Ana López", "IOM", "", "a@iom.int"), contact("", "IOM", "", "a@iom.int")],
        [contact("", "IOM", "1234567", ""), contact("", "IOM", "123 4567", "")],
    ] {
        assert_eq!(people(same.to_vec()).len(), 1, "{same:?}");
    }
    assert_eq!(
        people(vec![contact("A. López", "", "", "a@iom.int"), contact("Ana López", "", "", "a@iom.int")]),
        ["Ana López"]
    );
}

#[test]
fn different_people_are_not_merged() {
    for apart in [
        vec![
            contact("Ana López", "IOM", "1234567", "press@iom.int"),
            contact("Ana Ruiz", "IOM", "1234567", "press@iom.int"),
        ],
        vec![contact("Ana López", "IOM Peru", "1234567", ""), contact("Ana López", "IOM Chile", "7654321", "")],
        vec![contact("Ana López", "", "1234567", ""), contact("Ana López", "", "7654321", "")],
        vec![contact("", "IOM", "1234567", ""), contact("", "IOM", "7654321", "")],
        vec![
            contact("Ana", "", "", "press@iom.int"),
            contact("Ana López", "", "", "press@iom.int"),
            contact("Ana Ruiz", "", "", "press@iom.int"),
        ],
    ] {
        assert_eq!(people(apart.clone()).len(), apart.len(), "{apart:?}");
    }
}

#[test]
fn merging_of_people_is_deterministic() {
    let at = |name: &str, office: &str, email: &str| contact(name, office, "", email);
    let contacts = vec![
        at("Ana", "", "a@x.org"),
        at("Ana López", "Office One", "a@x.org"),
        at("Ana Ruiz", "Office One", "a@x.org"),
        at("Ana López", "Office One", "b@x.org"),
        at("Ana Ruiz", "Office One", "b@x.org"),
        at("Ana López Ruiz", "", "b@x.org"),
    ];
    let first = people(contacts.clone());
    // Each hash map has a different order.
    for _ in 0..16 {
        assert_eq!(people(contacts.clone()), first);
    }
    assert!(first.iter().any(|person| person == "Ana"), "who may be either of two stays apart: {first:?}");
}

#[test]
fn person_shows_a_few_releases_and_how_many_more() {
    let same = |n: usize| (0..n).map(|_| contact("Ana López", "IOM", "1234567", "")).collect::<Vec<_>>();
    let other = contact("Luis Paz", "IOM", "7654321", "");
    let conversation = conversation_with([same(9), vec![other]].concat());
    let said = text(&ask(&conversation, "/contacts", &Context::default()));
    assert_eq!(said.matches("• Release number").count(), 4, "{said}");
    assert!(said.contains("• and 6 more releases"), "{said}");
    let said = text(&ask(&conversation, "/contacts Lopez", &Context::default()));
    assert!(said.matches("• Release number").count() == 9 && !said.contains("Luis"), "{said}");
}

/// Returns 8,000 releases with different contacts, some of which share a name.
fn many_contacts() -> Vec<Contact> {
    let person = |number: usize| {
        let name = format!("Person{number} Family{}", number % 400);
        contact(&name, "IOM", &format!("+503 2521-{number:04}"), &format!("person{number}@example.org"))
    };
    (0..8_000).map(person).collect()
}

#[test]
fn contacts_of_many_releases_are_bounded() {
    let conversation = conversation_with(many_contacts());
    let check = |asked: &str, max_characters: usize| {
        let started = Instant::now();
        let reply = ask(&conversation, asked, &Context::default());
        let elapsed = started.elapsed();
        let messages = messages(&reply);
        let n_characters: usize = messages.iter().map(|message| message.text.chars().count()).sum();
        println!("{asked}: {n_characters} characters, {} messages, {elapsed:?}", messages.len());
        assert!(n_characters <= max_characters && messages.len() == 1, "{asked}: {n_characters} characters");
        // It takes some milliseconds; the bound is for a busy machine.
        assert!(elapsed < Duration::from_millis(250), "{asked} takes {elapsed:?}");
        reply
    };
    for asked in ["/contacts", "who is the press contact?", "/contacts 500", "/contacts family7", "phone of Person42"] {
        check(asked, 1_500);
    }
    // Every person is reached by turning pages.
    let mut request = Request::parse("/contacts family7");
    let mut n_listed = 0;
    for page in 1.. {
        let reply = conversation.turn(&request, &Context::default()).reply;
        n_listed += text(&reply).matches("Family7,").count();
        let next = reply.choices.iter().find(|choice| choice.label.starts_with("Next"));
        let Some(next) = next else {
            assert_eq!(page, 3, "{}", text(&reply));
            break;
        };
        let carried = next.request.to_command();
        assert!(carried.len() <= 64, "{carried}");
        request = Request::parse(&carried);
    }
    assert_eq!(n_listed, 20);
    let last = text(&ask(&conversation, "/contacts 1000", &Context::default()));
    assert!(last.contains("Page 1000 of 1000") && last.contains("/contacts 999"), "{last}");
}

#[test]
fn refusal_is_quick_and_names_the_most_frequent_contact() {
    let mut contacts = many_contacts();
    for number in [5, 700, 7_999] {
        contacts[number] = contact("Eva Desk", "IOM", "+503 2521-0000", "eva@example.org");
    }
    let started = Instant::now();
    let conversation = conversation_with(contacts);
    println!("8,000 releases are set up in {:?}", started.elapsed());
    let started = Instant::now();
    let answer = conversation.desk().answer(&conversation.desk().question("how to cook white rice").unwrap());
    let elapsed = started.elapsed();
    println!("a refusal takes {elapsed:?}");
    assert!(elapsed < Duration::from_millis(100), "{elapsed:?}");
    let Answer::NotFound { contacts, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(contacts.iter().filter_map(|contact| contact.name.as_deref()).collect::<Vec<_>>(), ["Eva Desk"]);
}

#[test]
fn default_contact_is_the_most_frequent_one() {
    // Reference implementation: the most frequent contact, the last one of equals.
    let by_rule = |contacts: &[Contact]| {
        let n_named = |one: &&Contact| {
            contacts.iter().filter(|other| (&other.name, &other.email) == (&one.name, &one.email)).count()
        };
        contacts.iter().max_by_key(n_named).cloned()
    };
    for seed in 0..40_usize {
        let pick = |number: usize| (number * 7 + seed * 13 + number * number * seed) % 5;
        let contacts: Vec<Contact> = (0..seed % 12)
            .map(|number| {
                contact(
                    &format!("N{}", pick(number)),
                    &format!("O{number}"),
                    "",
                    &format!("{}@x.org", pick(number) / 2),
                )
            })
            .collect();
        let expected: Vec<Contact> = by_rule(&contacts).into_iter().collect();
        let conversation = conversation_with(contacts);
        if let Answer::NotFound { contacts, .. } =
            conversation.desk().answer(&conversation.desk().question("white rice?").unwrap())
        {
            assert_eq!(contacts, expected, "{seed}");
        }
    }
}

#[test]
fn number_for_the_public_goes_before_that_for_the_press() {
    let (corpus, _) = Corpus::load(&project("tests/questions/townhall/corpus"), None).unwrap();
    let conversation = conversation_over(corpus);
    let reply = |asked: &str| text(&ask(&conversation, asked, &Context::default()));
    for asked in ["telefono de la policia", "a que numero llamo para reportar ruido"] {
        let reply = reply(asked);
        let [public, press] = ["311 555 0120", "311 555 0108"].map(|number| reply.find(number));
        assert!(public.is_some() && public < press, "{asked}: {reply}");
    }
    let short = reply("a que numero llamo para reportar una fuga");
    assert!(short.contains("073"), "{short}");
    let reply = reply("telefono de prensa de la feria");
    assert!(reply.starts_with("311 555 0108"), "{reply}");
}

#[test]
fn number_of_a_body_is_quoted_from_a_release_about_it() {
    let town_hall = conversation_over(Corpus::load(&project("tests/questions/townhall/corpus"), None).unwrap().0);
    for text in ["telefono de proteccion civil", "¿cuál es el teléfono de Protección Civil?"] {
        let turn = town_hall.turn(&Request::parse(text), &Context::default());
        // The paragraph with the number does not name it; the headline does.
        assert!(turn.reply.text().contains("311 555 0117"), "{text}: {}", turn.reply.text());
    }
}
