//! The press desk of the organisation, as the settings have it.

use pressdesk::config::{Config, Organisation, OwnContact};
use pressdesk::conversation::{Context, Conversation};
use pressdesk::corpus::Corpus;
use pressdesk::desk::Outcome;
use pressdesk::setup;

use super::{about, ask, corpus, text};
use crate::desk::{conversation, conversation_over, project};

fn with_own_desk() -> Conversation {
    let config = Config::load(None, []).unwrap();
    let contact = OwnContact {
        name: Some("Rosa Press".to_owned()),
        role: Some("Head of Press".to_owned()),
        phone: Some("+41 22 000 0000".to_owned()),
        ..OwnContact::default()
    };
    let organisation = Organisation { contact: Some(contact), ..config.organisation.clone() };
    setup::open_keyword_only(&Config { organisation, ..config }, corpus()).unwrap()
}

#[test]
fn own_desk_is_named_in_refusals() {
    let conversation = with_own_desk();
    for asked in ["how to cook white rice", "phone number of UNFPA", "¿cuánto cuesta un café?"] {
        let reply = ask(&conversation, asked, &Context::default());
        let said = text(&reply);
        assert_eq!(reply.outcome, Some(Outcome::NotFound), "{said}");
        assert!(said.contains("Rosa Press") && said.contains("+41 22 000 0000") && !said.contains("Alba"), "{said}");
    }
}

#[test]
fn own_desk_is_the_contact_of_the_organisation() {
    let conversation = with_own_desk();
    for asked in ["how do I contact you?", "who is the press contact?", "¿cómo los contacto?", "can I talk to a person"]
    {
        let said = text(&ask(&conversation, asked, &Context::default()));
        assert!(said.contains("Rosa Press") && !said.contains("Alba"), "{asked}: {said}");
    }
}

#[test]
fn contacts_of_releases_stay_with_their_releases() {
    let conversation = with_own_desk();
    for (asked, context) in [
        ("who can I call about the window?", Context::default()),
        ("alba amaya phone", Context::default()),
        ("and the number?", about("migrant-window")),
    ] {
        let said = text(&ask(&conversation, asked, &context));
        assert!(said.contains("2521-0500") && !said.contains("Rosa"), "{asked}: {said}");
    }
}

#[test]
fn nonsense_and_talk_name_no_contact() {
    let conversation = conversation();
    for asked in ["asdf qwer", "xkcdqw", "fghjk lkjhg poiuy", "jajaja", "lol", "thanks a lot", "hola"] {
        let said = text(&ask(&conversation, asked, &Context::default()));
        assert!(!said.contains("+503") && !said.contains("+1422"), "{asked}: {said}");
    }
    let said = text(&ask(&conversation, "how to cook white rice", &Context::default()));
    assert!(said.contains("+503"), "{said}");
}

#[test]
fn default_organisation_is_warned_of_with_releases_of_another() {
    let config = Config::load(None, []).unwrap();
    let hospital = Corpus::load(&project("tests/questions/hospital/corpus"), None).unwrap().0;
    assert_eq!(setup::organisation_warning(&config, &corpus()), None);
    assert_eq!(setup::organisation_warning(&config, &Corpus::default()), None);
    let warning = setup::organisation_warning(&config, &hospital).unwrap();
    assert!(warning.contains("organisation.name") && warning.contains("0 of 17"), "{warning}");
    let set = [("PRESSDESK_ORGANISATION_NAME".to_owned(), "Hospital Santa Lucía".to_owned())];
    assert_eq!(setup::organisation_warning(&Config::load(None, set).unwrap(), &hospital), None);
}

#[test]
fn press_desk_of_a_release_is_no_emergency_line() {
    let folder = tempfile::TempDir::new().unwrap();
    let release = "+++\ntitle = \"Rescatan a dos andinistas\"\nlang = \"es\"\n\n[[contacts]]\noffice = \"Central de Emergencias\"\n\
                phone = \"42-7105\"\n\n[[contacts]]\nname = \"Valeria Quiroga\"\noffice = \"Prensa del Parque\"\n\
                phone = \"42-7715\"\n+++\nDos andinistas fueron rescatados el jueves en el cerro Catedral.\n\n\
                En caso de emergencia hay que llamar al 42-7105 o por radio.\n";
    std::fs::write(folder.path().join("rescate.es.md"), release).unwrap();
    let conversation = conversation_over(Corpus::load(folder.path(), None).unwrap().0);
    let reply = |asked: &str| text(&ask(&conversation, asked, &Context::default()));
    let refused = reply("¿Cuándo rescataron a los andinistas en Bariloche?");
    assert!(refused.contains("42-7715") && !refused.contains("42-7105"), "{refused}");
    // Below a quotation the first contact stands, as the release has it.
    let quoted = reply("¿Cuándo fueron rescatados los andinistas?");
    assert!(quoted.contains("42-7105"), "{quoted}");
}
