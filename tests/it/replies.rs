//! Replies over releases of a town, and what stands in them: lists, contacts told in a text, and what is not found.

use std::sync::LazyLock;

use pressdesk::conversation::{Context, Conversation, ReplyKind, Request, Turn};
use pressdesk::corpus::Corpus;

use crate::desk::conversation_over;

const RELEASES: [(&str, &str, &str); 3] = [
    (
        "weddings",
        "Couples may marry free of charge",
        "The registry of Ashby marries up to thirty couples in the town hall on 14 February.\n\n\
         Couples must bring to the registry:\n\n\
         - Birth certificates not older than three months\n\n\
         - Proof of address for both\n\n\
         - Blood tests, which the clinic does free of charge for couples\n\n\
         - Two witnesses of age\n\n\
         Veterans who marry are advised by Dennis Archer, who runs their desk in the town hall.\n\n\
         Whoever has lost a certificate of service can call Mr. Archer at (575) 555-0131 before noon.",
    ),
    (
        "delays",
        "Letters arrive days late",
        "The mail has been late in Ashby since the sorting centre moved to Denton, as its machines stand still for want of staff.\n\n\
         The town has counted 743 complaints about the mail since May.",
    ),
    (
        "requests",
        "Fifteen projects are put forward",
        "The town puts forward fifteen projects for the budget of next year.\n\nThe largest projects are:\n\n\
         - $5.0 million: flood control on the Alameda\n- $4.4 million: dispatch centre in the old mill\n\
         - $3.8 million: repair of the fish hatchery\n- $3.1 million: radio system of police and fire brigade",
    ),
];

static TOWN: LazyLock<Conversation> = LazyLock::new(|| {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, title, text) in RELEASES {
        let head = format!("+++\ntitle = \"{title}\"\nlang = \"en\"\n+++\n");
        std::fs::write(folder.path().join(format!("{name}.en.md")), format!("{head}\n{text}\n")).unwrap();
    }
    conversation_over(Corpus::load(folder.path(), None).unwrap().0)
});

fn ask(text: &str) -> Turn {
    TOWN.turn_ranked(&Request::Ask(text.to_owned()), &Context::default(), 1)
}

#[test]
fn list_of_which_several_items_answer_is_quoted_whole_and_in_its_order() {
    let text = ask("what certificates and proof must couples bring to the registry").reply.text();
    let places = ["Couples must bring", "Birth", "Proof", "Blood", "Two witnesses"].map(|item| text.find(item));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
}

#[test]
fn excerpt_of_a_list_in_a_paragraph_has_its_first_line() {
    let text = ask("what are the largest projects for the fish hatchery and the radio system").reply.text();
    assert!(text.contains("$5.0 million") && text.contains("$3.1 million"), "{text}");
}

#[test]
fn number_told_beside_a_surname_is_that_of_the_whole_name() {
    for text in ["phone number of Dennis Archer", "what is dennis archer's phone number"] {
        let turn = ask(text);
        assert_eq!(turn.kind, ReplyKind::Passages, "{text}: {}", turn.reply.text());
        assert!(turn.reply.text().contains("555-0131"), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn word_for_a_contact_may_be_what_a_question_is_about() {
    for (text, expected) in
        [("why is the mail late", "sorting centre"), ("how many complaints about the mail are there", "743 complaints")]
    {
        let turn = ask(text);
        assert_eq!(turn.kind, ReplyKind::Passages, "{text}: {}", turn.reply.text());
        assert!(turn.reply.text().contains(expected), "{text}: {}", turn.reply.text());
    }
}

#[test]
fn rare_word_behind_a_preposition_of_place_is_a_name_in_small_letters_too() {
    for text in ["when do couples marry in roswell", "when do couples marry in hobbs"] {
        let turn = ask(text);
        assert_eq!(turn.kind, ReplyKind::NotFound, "{text}: {}", turn.reply.text());
    }
    let turn = ask("when do couples marry in february");
    assert_eq!(turn.kind, ReplyKind::Passages, "{}", turn.reply.text());
}

#[test]
fn missing_words_that_stand_beside_each_other_are_told_as_one() {
    let text = ask("what do taylor swift tickets cost").reply.text();
    assert!(text.contains("“taylor swift tickets"), "{text}");
}
