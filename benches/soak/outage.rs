//! An hour without Telegram, lived by the program in 80 seconds: what was taken in before and what piled up meanwhile is answered
//! once, in order, as soon as Telegram is back.

use std::time::{Duration, Instant};

use tokio_util::task::AbortOnDropHandle;

use super::bot::{Bot, free_address};
use super::clock::{Clock, PACE, real, seconds_since};
use super::delivery;
use super::figures::Figures;
use super::line::Line;
use super::questions::questions;
use super::server::{Server, Weather};

const N_CHATS: i64 = 20;

/// How many people tap a button each time that people write.
const N_TAPS: usize = 5;

/// How often the bot is looked at meanwhile.
const N_LOOKS: u8 = 12;

const HOUR: f64 = 3600.0;

/// In how many of its seconds the bot must be back: a call that is under way may take 15, the longest pause after it is 30, and
/// the rest is for what takes this machine a third of a second.
const BACK: f64 = 60.0;

/// The most that is waited for anything, here.
const MINUTE: Duration = Duration::from_secs(60);

/// What the bot says in `/readyz` of a Telegram that is away.
const REASONS: [&str; 3] =
    ["updates can't be fetched", "Telegram could not be reached yet", "the webhook can't be checked"];

/// How updates come to the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It is also killed and started anew in the middle of the hour.
    Polling,
    /// Updates go on coming in; it is what goes out that is cut off.
    Webhook,
}

/// The people who write to the bot.
struct People {
    server: Server,
    questions: Vec<String>,
    n_asked: usize,
}

impl People {
    /// Each asks something, and some tap a button; returns how many questions that makes.
    fn write(&mut self) -> usize {
        for chat in 1..=N_CHATS {
            self.server.ask(chat, &self.questions[self.n_asked % self.questions.len()]);
            self.n_asked += 1;
        }
        (1..).take(N_TAPS).for_each(|chat| self.server.tap(chat));
        self.n_asked
    }
}

/// What was seen of the bot while Telegram was away.
#[derive(Default)]
struct Seen {
    n_exits: usize,
    /// How often it said that it is not ready, and why.
    n_named: usize,
}

/// After how many of its own seconds the bot did something again.
struct Back {
    first: f64,
    ready: f64,
    all: f64,
}

/// Takes the bot through an hour of outage: a third each of errors, of refused connections, of errors.
pub(super) async fn outage(figures: &mut Figures, clock: &Clock, way: Way) {
    let server = Server::start(PACE).await;
    server.state.lock().unwrap().is_strict = true;
    let mut line = Line::lay(server.address).await;
    let folder = tempfile::tempdir().unwrap();
    let (near, listen) = (line.near, free_address());
    let start = || {
        let mut environment = vec![
            ("TELOXIDE_API_URL", format!("http://{near}")),
            // The limits that people run it with.
            ("PRESSDESK_LIMITS_PERSON_AT_ONCE", "10".to_owned()),
            ("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "3".to_owned()),
            ("PRESSDESK_LIMITS_OVERALL_A_SECOND", "30".to_owned()),
        ];
        if way == Way::Webhook {
            environment.push(("PRESSDESK_WEBHOOK_URL", "https://desk.example.org/".to_owned()));
            environment.push(("PRESSDESK_WEBHOOK_LISTEN", listen.to_string()));
        }
        environment.extend(clock.environment());
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Bot::start(&server, folder.path(), &environment)
    };
    let _delivering =
        (way == Way::Webhook).then(|| AbortOnDropHandle::new(tokio::spawn(delivery::deliver(server.clone(), listen))));
    let mut people = People { server: server.clone(), questions: questions(), n_asked: 0 };

    let mut bot = start();
    let is_ready = until_ready(&bot).await;
    let n_due = people.write() + N_TAPS;
    let is_well = server.until(MINUTE, |inner| inner.seen.len() >= n_due).await;
    // What comes in now is in the journal when Telegram is gone, and its taps are of no use when it is back.
    server.set_weather(Weather::Muted);
    people.write();
    people.write();
    let is_taken = server.until(MINUTE, |inner| inner.updates.is_empty()).await;

    let mut seen = live_through(&mut line, &mut people, &mut bot, (way == Way::Polling).then_some(&start)).await;
    let stale: Vec<i64> = {
        let mut inner = server.state.lock().unwrap();
        inner.expire();
        inner.tapped.difference(&inner.seen).copied().collect()
    };
    let back = come_back(&mut people, &bot).await;
    seen.n_exits += usize::from(!bot.is_running());
    let n_expired = bot.metric("pressdesk_expired_updates_total").await;
    let n_uncertain = bot.metric("pressdesk_uncertain_sends_total").await;

    let (inner, n_asked) = (server.state.lock().unwrap(), people.n_asked);
    let how = match way {
        Way::Polling => "by polling, killed and started anew in the middle",
        Way::Webhook => "by webhook",
    };
    println!("outage: {n_asked} questions before, in and after an hour without Telegram, {how}");
    figures.print("ready and answering before, and taking in after", "all", is_ready && is_well && is_taken);
    let n_answered = inner.seen.difference(&inner.tapped).count();
    let n_lost = n_asked - n_answered;
    figures.print(&format!("answered {n_answered}, lost {n_lost}"), "all, 0", n_lost == 0);
    let n_disorder = inner.n_out_of_order();
    figures.print(&format!("out of order within a chat {n_disorder}"), "0", n_disorder == 0);
    let figure = format!("sent twice {}, and the bot counted {n_uncertain:.0} sends that might be", inner.n_twice);
    // One that this machine holds up for a third of a second may.
    figures.print(&figure, "0, or counted", inner.n_twice as f64 <= n_uncertain);
    let n_violations = inner.violations.len();
    figures.print(&format!("messages against Telegram's rules {n_violations}"), "0", n_violations == 0);
    let n_late = stale.iter().filter(|tap| inner.seen.contains(tap)).count();
    let n_journaled = match way {
        // The others are of no use before Telegram can give them.
        Way::Polling => 2 * N_TAPS,
        Way::Webhook => stale.len(),
    };
    let figure = format!("taps past their life: answered {n_late}, skipped {n_expired:.0} of {n_journaled} taken in");
    figures.print(&figure, "0, all", n_late == 0 && n_expired == n_journaled as f64);
    let Seen { n_exits, n_named } = seen;
    let figure = format!("not ready, and why, at {n_named} of {N_LOOKS} looks; ended by itself {n_exits} times");
    figures.print(&figure, "all, 0", n_named == usize::from(N_LOOKS) && n_exits == 0);
    let Back { first, ready, all } = back;
    let figure =
        format!("of its own seconds it took {first:.0} to the first answer, {ready:.0} to ready, {all:.0} to all");
    figures.print_time(&figure, &format!("the first two at most {BACK}"), first <= BACK && ready <= BACK);
}

/// Lets the hour pass, in which people go on writing; in its middle the bot is killed if another is to take its place.
async fn live_through(
    line: &mut Line,
    people: &mut People,
    bot: &mut Bot,
    successor: Option<&impl Fn() -> Bot>,
) -> Seen {
    let mut seen = Seen::default();
    people.server.set_weather(Weather::Out);
    let gone = Instant::now();
    for look in 1..=N_LOOKS {
        match look {
            4 => line.cut(),
            6 => {
                seen.n_exits += usize::from(!bot.is_running());
                if let Some(start) = successor {
                    bot.kill();
                    *bot = start();
                }
            }
            8 => line.mend().await,
            _ => {}
        }
        if look % 4 == 3 {
            people.write();
        }
        let until = gone + real(HOUR * f64::from(look) / f64::from(N_LOOKS));
        tokio::time::sleep_until(until.into()).await;
        let page = bot.page("/readyz").await;
        let is_named = page.starts_with("not ready: ") && REASONS.iter().any(|reason| page.contains(reason));
        seen.n_named += usize::from(is_named);
    }
    seen
}

/// Waits until the bot says that it is ready; tells whether it did.
async fn until_ready(bot: &Bot) -> bool {
    let waiting = async {
        while bot.page("/readyz").await != "ready\n" {
            tokio::time::sleep(real(1.0)).await;
        }
    };
    tokio::time::timeout(MINUTE, waiting).await.is_ok()
}

/// Lets Telegram come back, and waits until everything is as before.
async fn come_back(people: &mut People, bot: &Bot) -> Back {
    let server = people.server.clone();
    let n_before = server.state.lock().unwrap().seen.len();
    server.set_weather(Weather::Fair);
    let back = Instant::now();
    let is_ready = async {
        until_ready(bot).await;
        seconds_since(back)
    };
    let is_answering = async {
        server.until(MINUTE, |inner| inner.seen.len() > n_before).await;
        seconds_since(back)
    };
    let (ready, first) = tokio::join!(is_ready, is_answering);
    let n_due = people.write() + 2 * N_TAPS;
    server.until(MINUTE, |inner| inner.seen.len() >= n_due).await;
    let all = seconds_since(back);
    while bot.metric("pressdesk_journal_entries").await > 0.0 && back.elapsed() < MINUTE {
        tokio::time::sleep(real(1.0)).await;
    }
    // What would come twice has the time to.
    tokio::time::sleep(real(120.0)).await;
    Back { first, ready, all }
}
