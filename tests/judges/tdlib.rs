//! Checks of texts and entities by TDLib, Telegram's own code.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use pressdesk::config::Config;
use pressdesk::conversation::{COMMANDS, Context, Conversation, Notice, Request};
use pressdesk::corpus::Corpus;
use pressdesk::evaluation;
use pressdesk::setup;
use pressdesk::telegram::delivery::layout;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bot_api::{BotApi, TOKEN, message_of};
use super::texts::{N_WAYS, disfigured_corpus, visit_texts};
use super::{Program, project, rules, told};

/// TDLib in its own process, which ends with its test.
struct Tdlib {
    process: Child,
    asked: ChildStdin,
    says: BufReader<ChildStdout>,
}

/// Text as changed by TDLib.
#[derive(Deserialize)]
struct Verdict {
    error: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    entities: Vec<Value>,
    /// Links that TDLib detects itself.
    #[serde(default)]
    links: Vec<Value>,
}

impl Tdlib {
    fn start() -> Self {
        let mut process = Command::new("python3")
            .args([project("tests/judges/tdlib.py"), told("TEST_TDLIB").into()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (asked, says) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, asked, says }
    }

    fn judge(&mut self, text: &str, entities: &[Value]) -> Verdict {
        writeln!(self.asked, "{}", json!({"text": text, "entities": entities})).unwrap();
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?} of {text:?} {entities:?}"))
    }

    /// Returns the reasons why Telegram would refuse or change a message.
    fn fault(&mut self, text: &str, entities: &[Value]) -> Option<String> {
        let verdict = self.judge(text, entities);
        if verdict.error.is_some() {
            return verdict.error;
        }
        if verdict.text != text {
            return Some(format!("the text becomes {:?}", verdict.text));
        }
        (verdict.entities != entities).then(|| format!("the entities become {}", json!(verdict.entities)))
    }
}

impl Drop for Tdlib {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn entity(kind: &str, offset: usize, length: usize) -> Value {
    match kind.strip_prefix("text_link ") {
        Some(url) => json!({"type": "text_link", "offset": offset, "length": length, "url": url}),
        None => json!({"type": kind, "offset": offset, "length": length}),
    }
}

#[test]
fn refused_and_changed_messages_are_detected() {
    let mut tdlib = Tdlib::start();
    for (text, entities, fault) in [
        ("hello", vec![("bold", 3, 3)], "after the end of the text"),
        ("👍 hello", vec![("bold", 0, 1)], "ends in a middle of a UTF-16 symbol"),
        ("👍 hello", vec![("bold", 1, 2)], "begins in a middle of a UTF-16 symbol"),
        ("hello", vec![("text_link nothing", 0, 5)], "is invalid"),
        ("hello", vec![("text_link mailto:desk@example.org", 0, 5)], "the entities become"),
        ("hello you", vec![("bold", 0, 5), ("italic", 3, 4)], "the entities become"),
        ("hello you", vec![("blockquote", 0, 9), ("expandable_blockquote", 6, 3)], "the entities become"),
        ("hello you", vec![("code", 0, 9), ("bold", 6, 3)], "the entities become"),
        ("hello you", vec![("bold", 0, 9), ("code", 6, 3)], "the entities become"),
        ("hello you", vec![("text_link https://example.org/", 0, 9), ("code", 6, 3)], "the entities become"),
        ("hello you", vec![("bold", 0, 9), ("blockquote", 6, 3)], "the entities become"),
        ("hello you", vec![("bold", 0, 9), ("bold", 6, 3)], "the entities become"),
        ("hello you", vec![("italic", 0, 5), ("italic", 5, 4)], "the entities become"),
        ("hello you", vec![("italic", 0, 5), ("bold", 0, 5)], "the entities become"),
        ("hello you", vec![("bold", 6, 3), ("bold", 0, 5)], "the entities become"),
        ("hello you", vec![("bold", 6, 0)], "the entities become"),
        ("hello\u{202e} you", vec![], "the text becomes"),
        ("hello\ryou", vec![], "the text becomes"),
        ("hello\u{7}you", vec![], "the text becomes"),
        ("hello you\u{333}", vec![], "the text becomes"),
    ] {
        let entities: Vec<Value> =
            entities.into_iter().map(|(kind, offset, length)| entity(kind, offset, length)).collect();
        let found = tdlib.fault(text, &entities).unwrap_or_default();
        assert!(found.contains(fault), "{text:?} {entities:?}: {found:?}");
        let message = json!({"text": text, "entities": entities});
        assert!(rules::check_message(&message).is_err(), "the loopback Bot API takes {message}");
    }
    for (text, kinds) in [
        ("hello", vec![("blockquote", 0, 5), ("bold", 0, 2), ("italic", 3, 2)]),
        ("👩‍⚕️ and you", vec![("text_link https://example.org/?a=b", 0, 9), ("bold", 0, 9), ("code", 10, 3)]),
        ("**hello** __you__ [x](y) `a` ~~b~~ ||c||", vec![("expandable_blockquote", 0, 40)]),
    ] {
        let entities: Vec<Value> =
            kinds.into_iter().map(|(kind, offset, length)| entity(kind, offset, length)).collect();
        assert_eq!(tdlib.fault(text, &entities), None, "{text:?}");
    }
}

/// Generates messages of which some are valid.
fn message() -> impl Strategy<Value = (String, Vec<Value>)> {
    let text = prop_oneof![
        4 => "[a-c👍é *_`\\[|~]{1,24}",
        1 => "\\PC{1,24}",
        1 => "[a\n\t\u{333}\u{301}\u{ad}\u{2028}\u{202a}\u{feff}\u{200d}\u{2063}\u{e0001}👩]{1,12}",
    ];
    let kind = prop::sample::select(vec![
        "bold",
        "italic",
        "code",
        "blockquote",
        "expandable_blockquote",
        "text_link https://example.org/",
    ]);
    let entities = prop::collection::vec((kind, 0..24_usize, 0..12_usize), 0..4);
    (text, entities).prop_map(|(text, mut entities)| {
        let n_units = text.encode_utf16().count();
        entities.sort_by_key(|(_, offset, length)| (*offset, std::cmp::Reverse(*length)));
        let fitting = entities.into_iter().filter(|(_, offset, length)| offset + length <= n_units + 1);
        let entities = fitting.map(|(kind, offset, length)| entity(kind, offset, length)).collect();
        (text, entities)
    })
}

#[test]
fn messages_accepted_on_loopback_stay_unchanged_at_telegram() {
    const N: u32 = 4000;
    let tdlib = RefCell::new(Tdlib::start());
    let n_taken = Cell::new(0);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(N) };
    proptest!(config, |((text, entities) in message())| {
        if rules::check_message(&json!({"text": text, "entities": entities})).is_ok() {
            n_taken.set(n_taken.get() + 1);
            prop_assert_eq!(tdlib.borrow_mut().fault(&text, &entities), None);
        }
    });
    assert!(n_taken.get() > N / 20, "only {} of {N} are taken", n_taken.get());
}

/// Links in a text besides its entities.
struct Known {
    mails: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

impl Known {
    fn of(corpus: &Corpus) -> Self {
        let contacts = corpus.releases.iter().flat_map(|release| &release.contacts);
        let mails = contacts.filter_map(|contact| contact.email.clone()).collect();
        let addresses = corpus.releases.iter().filter_map(|release| Some(release.url.as_ref()?.to_string())).collect();
        Self { mails, addresses }
    }

    /// Returns unwanted and missing links.
    fn fault(&self, text: &str, entities: &[Value], links: &[Value]) -> Option<String> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let place = |entity: &Value| {
            let number = |name: &str| usize::try_from(entity[name].as_u64().unwrap()).unwrap();
            number("offset")..number("offset") + number("length")
        };
        // Telegram detects no links there.
        let kept = |kind: &str| kind == "code" || kind == "text_link";
        let kept: Vec<_> = entities.iter().filter(|entity| kept(entity["type"].as_str().unwrap())).map(place).collect();
        let is_kept = |at: usize| kept.iter().any(|place| place.contains(&at));
        let mut found = BTreeSet::new();
        for link in links {
            let place = place(link);
            if is_kept(place.start) {
                continue;
            }
            let linked = String::from_utf16(&units[place.clone()]).unwrap();
            let is_known = match link["type"].as_str().unwrap() {
                "EmailAddress" => self.mails.contains(&linked),
                "Url" => self.addresses.contains(&linked),
                "BotCommand" => COMMANDS.iter().any(|command| linked[1..] == **command),
                // A link only below a video.
                "MediaTimestamp" => continue,
                _ => false,
            };
            if !is_known {
                return Some(format!("{linked:?} becomes a link ({})", link["type"]));
            }
            found.insert((place.start, linked));
        }
        let counted_on = self.mails.iter().chain(&self.addresses).cloned();
        for wanted in counted_on.chain(COMMANDS.iter().map(|command| format!("/{command}"))) {
            for (at, _) in text.match_indices(&wanted) {
                let at = text[..at].encode_utf16().count();
                let is_inside = found.iter().any(|(start, linked)| (*start..start + linked.len()).contains(&at));
                if !is_inside && !is_kept(at) {
                    return Some(format!("{wanted:?} becomes no link"));
                }
            }
        }
        None
    }
}

/// Checks texts with their entities by TDLib and by the rules of the loopback Bot API; returns their number.
fn check<'a>(known: &Known, bodies: impl IntoIterator<Item = &'a Value>) -> usize {
    let mut tdlib = Tdlib::start();
    let mut faults = Vec::new();
    let mut n = 0;
    for body in bodies {
        n += 1;
        let text = body["text"].as_str().or(body["message_text"].as_str()).unwrap();
        let entities = body["entities"].as_array().cloned().unwrap_or_default();
        let fault = tdlib.fault(text, &entities);
        let fault = fault.or_else(|| rules::check_message(&json!({"text": text, "entities": entities})).err());
        let fault = fault.or_else(|| known.fault(text, &entities, &tdlib.judge(text, &entities).links));
        faults.extend(fault.map(|fault| format!("{fault}\n{text}\n")));
    }
    assert!(faults.is_empty(), "{} of {n} messages:\n{}", faults.len(), faults.join("\n"));
    n
}

#[test]
fn unwanted_and_missing_links_are_detected() {
    let known = Known { mails: ["desk@example.org".to_owned()].into(), addresses: BTreeSet::new() };
    let mut tdlib = Tdlib::start();
    for (text, entities, fault) in [
        ("Ask @somebody_else", vec![], "becomes a link"),
        ("👍 See evil.com", vec![], "becomes a link"),
        ("There is no /nothing_of_ours", vec![], "becomes a link"),
        ("Card 4111 1111 1111 1111", vec![], "becomes a link"),
        ("frontdesk@example.org", vec![], "becomes a link"),
        ("Write /see/help", vec![], "becomes no link"),
        ("Write to desk@example.org", vec![], ""),
        ("Ask “@somebody_else”, see evil.com", vec![("code", 5, 14), ("code", 25, 8)], ""),
        ("👍 /help or /release@ours", vec![], "becomes a link"),
        ("👍 /help or /search", vec![], ""),
    ] {
        let entities: Vec<Value> =
            entities.into_iter().map(|(kind, offset, length)| entity(kind, offset, length)).collect();
        let found = known.fault(text, &entities, &tdlib.judge(text, &entities).links).unwrap_or_default();
        assert!(found.contains(fault) && found.is_empty() == fault.is_empty(), "{text:?}: {found:?}");
    }
}

/// User texts that must not become links in the bot's reply.
const TRAPS: &[&str] = &[
    "/release evil.example.com",
    "/release @somebody_else",
    "/release #tag",
    "/release t.me/evil",
    "/language www.evil.com",
    "/language @somebody",
    "/nothing_of_ours",
    "/search",
    "/search @somebody_else of t.me/evil and www.evil.com with #tags for $USD",
    "what does @somebody_else say about evil.com?",
    "who is evil.com",
    "Is http://evil.com/x?y=z a scam?",
    "what happened to someone@evil.com",
    "whose card is 4111 1111 1111 1111?",
    "¿qué dice #migrantes de @alguien en evil.com?",
    "who spoke/help about it",
];

#[test]
fn every_reply_stays_unchanged_at_telegram() {
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let known = Known::of(&corpus);
    let conversation = setup::open_keyword_only(&Config::load(None, []).unwrap(), corpus).unwrap();
    let replies: Vec<Value> = replies(&conversation).iter().map(|reply| serde_json::from_str(reply).unwrap()).collect();
    let n = check(&known, &replies);
    assert!(n > 1000, "{n} replies are different");
}

#[test]
fn every_text_of_a_disfigured_corpus_stays_unchanged_at_telegram() {
    let mut tdlib = Tdlib::start();
    for way in 0..N_WAYS {
        let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
        let corpus = disfigured_corpus(corpus, way);
        let conversation = setup::open_keyword_only(&Config::load(None, []).unwrap(), corpus).unwrap();
        let mut checked = BTreeSet::new();
        for language in conversation.languages() {
            visit_texts(&conversation, language, &mut |message| {
                if checked.insert(message.to_string()) {
                    let entities = message["entities"].as_array().cloned().unwrap_or_default();
                    assert_eq!(tdlib.fault(message["text"].as_str().unwrap(), &entities), None, "{message}");
                }
            });
        }
    }
}

/// Returns the replies to all labelled questions and traps, and to every command and button, in each language.
fn replies(conversation: &Conversation) -> BTreeSet<String> {
    let mut messages = BTreeSet::new();
    for language in conversation.languages() {
        let context = Context { client_language: Some(language), ..Context::default() };
        let mut asked: BTreeSet<String> = BTreeSet::new();
        let mut waiting: Vec<Request> = [Request::NotText].to_vec();
        waiting.extend(COMMANDS.iter().map(|command| Request::parse(&format!("/{command}"))));
        waiting.extend(TRAPS.iter().map(|trap| Request::parse(trap)));
        let files = std::fs::read_dir(project("tests/questions")).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| file.is_file()) {
            let labelled = evaluation::load(&file).unwrap();
            waiting.extend(labelled.into_iter().map(|labelled| Request::Ask(labelled.question)));
        }
        let mut said: Vec<_> =
            [Notice::Failed, Notice::Busy].map(|notice| conversation.notice(notice, &context)).to_vec();
        while let Some(request) = waiting.pop() {
            let reply = conversation.turn(&request, &context).reply;
            let new = reply.choices.iter().filter(|choice| asked.insert(choice.request.to_command()));
            waiting.extend(new.map(|choice| choice.request.clone()));
            said.push(reply);
        }
        let laid_out = said.iter().flat_map(layout::messages);
        messages.extend(laid_out.map(|message| serde_json::to_string(&message).unwrap()));
    }
    messages
}

#[tokio::test]
async fn every_sent_message_stays_unchanged_at_telegram() {
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    let api = BotApi::start().await;
    let mut asked = BTreeSet::new();
    for file in std::fs::read_dir(project("tests/updates/answered")).unwrap() {
        let mut update: Value = serde_json::from_str(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        // TDLib returns them in this order, regardless of ids.
        update.as_object_mut().unwrap().remove("update_id");
        let message = message_of(&update);
        asked.insert((message["chat"]["id"].as_i64().unwrap(), message["message_id"].as_i64().unwrap()));
        api.deliver(update);
    }
    let settings = [("PRESSDESK_TELEGRAM_LANE_CAPACITY", "1000")];
    let _program = Program::start(api.url().as_str(), TOKEN, &settings);
    let answers = |sent: &Value| {
        let answered = sent.get("message_id").unwrap_or(&sent["reply_parameters"]["message_id"]);
        Some((sent["chat_id"].as_i64()?, answered.as_i64()?))
    };
    let answered = || [api.sent(), api.edits()].concat().iter().filter_map(answers).collect();
    api.until("every answer", || asked.is_subset(&answered())).await;
    let calls: Vec<Value> = api.all_calls().into_iter().map(|call| call.body).collect();
    let n = check(&Known::of(&corpus), calls.iter().flat_map(bodies));
    assert!(n >= asked.len(), "{n} messages for {} updates", asked.len());
}

/// Returns the parts of a call that hold text with entities.
fn bodies(call: &Value) -> Vec<&Value> {
    match call {
        Value::Object(fields) if fields.contains_key("entities") || fields.contains_key("message_text") => vec![call],
        Value::Object(fields) => fields.values().flat_map(bodies).collect(),
        Value::Array(items) => items.iter().flat_map(bodies).collect(),
        _ => Vec::new(),
    }
}
