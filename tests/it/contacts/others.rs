//! Contacts of bodies, people and places: those that the releases give, and those that they do not.

use pressdesk::conversation::{Context, Conversation, Request};
use pressdesk::corpus::Corpus;
use pressdesk::desk::{Answer, Outcome};

use super::text;
use crate::desk::{conversation, conversation_by_meaning, conversation_over, project};

/// Expected reply to a question for a contact.
#[derive(Debug, Clone, Copy)]
enum Expected {
    /// Nothing that is given for what these words name; the contact shown is one with the second text, where there is one.
    Missing(&'static str, &'static str),
    /// A contact with this text, and none with the second.
    Found(&'static str, &'static str),
}
use Expected::{Found, Missing};

/// Questions on the six releases.
const OF_IOM: [(&str, Expected); 49] = [
    // Bodies.
    ("Teléfono de la PNC", Missing("PNC", "2521 0511")),
    ("phone number of the PNC", Missing("PNC", "2521 0511")),
    ("FLACSO phone number", Missing("FLACSO", "25210500")),
    ("what's the email of UNFPA?", Missing("UNFPA", "25210500")),
    ("correo de USCRI", Missing("USCRI", "25210500")),
    ("contact for Crime Stoppers", Missing("Crime Stoppers", "2521 0511")),
    ("Crime Stoppers' e-mail", Missing("Crime Stoppers", "2521 0511")),
    ("how can I call the Ministry of Foreign Affairs", Missing("Ministry of Foreign Affairs", "")),
    ("ministry of health email", Missing("ministry of health", "")),
    ("teléfono del Ministerio de Salud", Missing("Ministerio de Salud", "")),
    ("telefono del minsal", Missing("minsal", "2521 0511")),
    ("How do I contact UNHCR?", Missing("UNHCR", "2521 0500")),
    ("número de la Cruz Azul", Missing("Cruz Azul", "")),
    ("email address of Greenpeace please", Missing("Greenpeace", "")),
    ("does FLACSO have a phone number?", Missing("FLACSO", "25210500")),
    ("number of the FLACSO press office", Missing("FLACSO", "25210500")),
    ("FLACSO press office", Missing("FLACSO", "25210500")),
    ("¿tiene la PNC un correo?", Missing("PNC", "2521 0511")),
    ("phone of the Guatemalan Returnees Association", Missing("Guatemalan Returnees Association", "25210500")),
    ("¿cómo contacto a CONMIGRANTES?", Missing("CONMIGRANTES", "25210500")),
    // People.
    ("email of Jorge Peraza", Missing("Jorge Peraza", "")),
    ("jorge peraza telefono", Missing("jorge peraza", "")),
    ("Jacqueline Weekers phone", Missing("Jacqueline Weekers", "+14227179459")),
    ("número de Liduvina Magarín", Missing("Liduvina Magarín", "Ext. 540")),
    ("Mariela Vélez de García's email", Missing("Mariela Vélez", "Ext. 540")),
    ("phone number of Miguel Castro", Missing("Miguel Castro", "")),
    ("correo de Ana Gómez", Missing("Ana Gómez", "")),
    ("how do I reach Barack Obama", Missing("Barack Obama", "")),
    ("can I have the number of Mr. Peraza?", Missing("Peraza", "")),
    // Places.
    ("OIM Colombia teléfono", Missing("OIM Colombia", "")),
    ("phone number of IOM Mexico", Missing("IOM Mexico", "")),
    ("press contact in Panama", Missing("Panama", "")),
    ("correo de la OIM en Nicaragua", Missing("Nicaragua", "")),
    // Those that are given.
    ("IOM El Salvador phone", Found("+503", "Carlos")),
    ("teléfono de la OIM en Guatemala", Found("Alba", "Carlos")),
    ("phone for IOM HQ", Found("+14227179459", "Alba")),
    ("miguel gomes fone number", Found("Ext. 540", "Carlos")),
    ("nesesito el telefono de karlos van der lat", Found("+14227179459", "Alba")),
    ("carlos vanderlaat phone", Found("+14227179459", "Alba")),
    ("mail of alva amaya", Found("aamaya@iom.int", "Carlos")),
    ("phone number for the window story", Found("+503 2521-0500", "Carlos")),
    ("contact for the study with FLACSO", Found("25210500", "Carlos")),
    ("who can I call about the PNC?", Found("2521 0511", "Carlos")),
    ("who do I write to about Crime Stoppers?", Found("2521 0511", "Carlos")),
    ("¿a quién llamo por lo de la FLACSO?", Found("25210500", "Carlos")),
    ("press contact for the Mesoamerica workshop for doctors", Found("2521 0511", "Carlos")),
    ("I'm a journalist with Reuters, who do I call about the window?", Found("+503 2521-0500", "Carlos")),
    ("Soy Juan de La Prensa Gráfica, ¿me da el teléfono sobre la tuberculosis?", Found("+14227179459", "Alba")),
    ("what is the press desk's phone number", Found("Alba", "")),
];

/// Questions on the releases of a hospital.
const OF_HOSPITAL: [(&str, Expected); 23] = [
    ("teléfono del Ministerio de Salud y Protección Social", Missing("Ministerio de Salud", "")),
    ("correo de la Gobernación de Risaralda", Missing("Gobernación de Risaralda", "")),
    ("número de la Universidad del Otún", Missing("Universidad del Otún", "")),
    ("phone of the Manos de Otún foundation", Missing("Manos de Otún", "")),
    ("email de Salud Andina", Missing("Salud Andina", "")),
    ("¿cómo llamo a Cafesalud?", Missing("Cafesalud", "")),
    ("celular de Camilo Arango", Missing("Camilo Arango", "120")),
    ("Adriana Ocampo Restrepo email", Missing("Adriana Ocampo Restrepo", "")),
    ("teléfono de Felipe Echeverri", Missing("Felipe Echeverri", "1204")),
    ("correo del Hospital San Jorge", Missing("San Jorge", "")),
    ("phone number of the Red Cross", Missing("Red Cross", "")),
    ("correo de Esteban Rincón", Found("prensa@husantalucia.example", "posgrados")),
    ("esteban rincon telefono", Found("1201", "1330")),
    ("telefono de gloria betancourt", Found("1330", "1201")),
    ("catalina marin's email", Found("comunicaciones@husantalucia.example", "posgrados")),
    ("ext 1201", Found("Esteban", "Gloria")),
    ("who has extension 1330?", Found("Gloria", "Esteban")),
    ("de quién es la extensión 1204", Found("Catalina", "Esteban")),
    ("prensa@husantaluca.example whose is it", Found("Esteban", "Gloria")),
    ("jefe de prensa", Found("Esteban", "Catalina")),
    // A release that names nobody to contact may tell a number in its text.
    ("teléfono para pedir cita con especialista", Found("(606) 315 44 44", "Esteban")),
    ("comunicaciones@husantalucia.exmple", Found("Catalina", "Esteban")),
    ("correo de la oficina de docencia", Found("posgrados@husantalucia.example", "prensa@")),
];

/// Questions on the releases of a university, for people by their offices.
const OF_UNIVERSITY: [(&str, Expected); 4] = [
    ("telefono de la rectora", Missing("rectora", "")),
    ("cual es el correo del decano", Missing("decano", "")),
    ("the rector's phone number", Missing("rector", "")),
    ("teléfono del director de prensa", Found("Leandro", "")),
];

/// Returns how a reply differs from what is expected.
fn fault(conversation: &Conversation, question: &str, expected: Expected) -> Option<String> {
    let turn = conversation.turn(&Request::parse(question), &Context::default());
    let said = text(&turn.reply);
    let name_said = match &turn.answer {
        Some(Answer::NotFound { no_contact_of: Some(name), .. }) => Some(name.as_str()),
        _ => None,
    };
    let is_right = match expected {
        Missing(name, desk) => name_said.is_some_and(|said| said.contains(name)) && said.contains(desk),
        Found(contact, other) => {
            turn.outcome() == Outcome::Found && said.contains(contact) && (other.is_empty() || !said.contains(other))
        }
    };
    (!is_right).then(|| format!("{question}: {expected:?}, not {name_said:?} and {said:?}"))
}

fn faults(conversation: &Conversation, cases: &[(&str, Expected)]) -> Vec<String> {
    cases.iter().filter_map(|(question, expected)| fault(conversation, question, *expected)).collect()
}

fn over(organisation: &str) -> Conversation {
    conversation_over(Corpus::load(&project(&format!("tests/questions/{organisation}/corpus")), None).unwrap().0)
}

#[test]
fn contact_is_of_the_one_asked_for() {
    let faults = faults(&conversation(), &OF_IOM);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn contact_is_of_the_one_asked_for_by_meaning() {
    let faults = faults(&conversation_by_meaning(), &OF_IOM);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn contact_in_another_corpus_is_of_the_one_asked_for() {
    let of_both = [faults(&over("hospital"), &OF_HOSPITAL), faults(&over("university"), &OF_UNIVERSITY)].concat();
    assert!(of_both.is_empty(), "{}", of_both.join("\n"));
}
