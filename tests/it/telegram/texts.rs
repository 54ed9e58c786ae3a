//! Texts that the bot can produce from a corpus, also from one whose texts are disfigured.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::thread;

use pressdesk::conversation::{COMMANDS, Context, Conversation, Notice, Reply, Request};
use pressdesk::corpus::{Contact, Corpus, Release};
use pressdesk::language::Language;
use pressdesk::telegram::delivery::layout::messages;
use serde_json::Value;

use super::rules::check_message;

/// Number of ways to disfigure a text.
pub(super) const N_WAYS: usize = 6;

/// Disfigures a text in one way: markup, emoji, right-to-left, invisible characters, nothing visible, great length.
fn disfigured(text: &str, way: usize) -> String {
    match way % N_WAYS {
        0 => format!("<b>{text}</b> & <a href=\"x\">'&lt;&amp;'</a> *_`[]()~>#+-=|{{}}.!"),
        1 => format!("🧑‍⚕️🇸🇻 {text} 👍🏽e\u{301}\u{333}\u{33f}"),
        2 => format!("مرحبا {text} \u{202e}שלום\u{202c}\u{200f}\u{2067}x\u{2069}"),
        3 => format!("\u{200b}\u{feff}{text}\u{2060}\u{ad}\u{7}\r\u{2028}\u{200d}"),
        4 => "\u{200b}\u{3164}".to_owned(),
        _ => format!("{text} 👩‍👩‍👧‍👦").repeat(40),
    }
}

/// Returns a corpus with every text disfigured, each release in another way.
pub(super) fn disfigured_corpus(mut corpus: Corpus, first_way: usize) -> Corpus {
    for (n, release) in corpus.releases.iter_mut().enumerate() {
        let way = first_way + n;
        let other = |text: &String| disfigured(text, way);
        let mut new = Release::clone(release);
        // The longest id that a button carries.
        new.id = format!("{:x<48}", new.id);
        (new.title, new.place) = (other(&new.title), new.place.as_ref().map(other));
        new.subtitle = new.subtitle.as_ref().map(other);
        new.topics = new.topics.iter().map(other).collect();
        for paragraph in &mut new.paragraphs {
            paragraph.text = other(&paragraph.text);
        }
        let contact = |contact: &Contact| Contact {
            name: contact.name.as_ref().map(other),
            role: contact.role.as_ref().map(other),
            office: contact.office.as_ref().map(other),
            ..contact.clone()
        };
        new.contacts = new.contacts.iter().map(contact).collect();
        *release = Arc::new(new);
    }
    corpus
}

/// Returns the requests that lead to every text: commands, releases, passages, questions by title and paragraph, people.
fn requests(corpus: &Corpus) -> Vec<Request> {
    let mut requests = vec![Request::NotText, Request::Search(String::new())];
    requests.extend(COMMANDS.iter().map(|command| Request::parse(&format!("/{command}"))));
    for text in [
        "/language <b>",
        "/release <b>&amp;",
        "/nothing_of_ours",
        "<b>&amp;</b> 👍",
        "\u{200b}",
        "\u{202e}abc",
        "/contacts nobody",
    ] {
        requests.push(Request::parse(text));
    }
    for release in &corpus.releases {
        let id = release.version_name();
        requests.push(Request::Release { id: id.clone(), page: 1 });
        requests.push(Request::Contacts { words: id.clone(), page: 1 });
        requests.push(Request::Ask(release.title.clone()));
        for (n, paragraph) in release.paragraphs.iter().enumerate() {
            requests.push(Request::Passages { id: id.clone(), paragraphs: vec![n] });
            requests.push(Request::Ask(paragraph.text.chars().take(120).collect()));
        }
        let names = release.contacts.iter().filter_map(|contact| contact.name.clone());
        requests.extend(names.map(|words| Request::Contacts { words, page: 1 }));
    }
    requests
}

/// Calls a function with the replies to requests and to all buttons below them, and what the bot says unasked, in a language.
fn visit_replies(conversation: &Conversation, language: Language, visit: &mut impl FnMut(&Reply)) {
    let context = Context { client_language: Some(language), ..Context::default() };
    for notice in [Notice::Failed, Notice::Busy, Notice::OldButton, Notice::JoinedGroup] {
        visit(&conversation.notice(notice, &context));
    }
    let mut asked = BTreeSet::new();
    let mut waiting = requests(conversation.desk().corpus());
    while let Some(request) = waiting.pop() {
        let reply = conversation.turn(&request, &context).reply;
        let new = reply.choices.iter().filter(|choice| asked.insert(choice.request.to_command()));
        waiting.extend(new.map(|choice| choice.request.clone()));
        visit(&reply);
    }
}

/// Calls a function with every text that the bot can produce from a corpus in a language, laid out as a message in JSON; equal ones
/// come repeatedly.
pub(super) fn visit_texts(conversation: &Conversation, language: Language, visit: &mut impl FnMut(Value)) {
    visit_replies(conversation, language, &mut |reply| {
        messages(reply).iter().for_each(|message| visit(serde_json::to_value(message).unwrap()));
    });
}

/// Checks every text of a corpus by Telegram's rules, languages in parallel; returns their number and those that are refused.
///
/// Keeps hashes, not texts, because those of 20,000 paragraphs fill gigabytes.
pub(super) fn check(conversation: &Conversation) -> (usize, Vec<String>) {
    let check = |language| {
        let (mut hashes, mut refused) = (HashSet::new(), Vec::new());
        visit_texts(conversation, language, &mut |text| {
            if hashes.insert(hash(&text.to_string()))
                && let Err(fault) = check_message(&text)
            {
                refused.push(format!("{fault}: {text}"));
            }
        });
        (hashes, refused)
    };
    let checked: Vec<_> = thread::scope(|scope| {
        let checks: Vec<_> =
            conversation.languages().into_iter().map(|language| scope.spawn(move || check(language))).collect();
        checks.into_iter().map(|checking| checking.join().unwrap()).collect()
    });
    let (hashes, refused): (Vec<_>, Vec<_>) = checked.into_iter().unzip();
    let hashes: HashSet<u64> = hashes.into_iter().flatten().collect();
    let refused: BTreeSet<String> = refused.into_iter().flatten().collect();
    (hashes.len(), refused.into_iter().collect())
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
