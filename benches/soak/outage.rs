//! An hour without Telegram, in 80 seconds of accelerated time: updates from before and during the outage are answered once, in
//! order, when Telegram is back.

use std::time::{Duration, Instant};

use tokio_util::task::AbortOnDropHandle;

use super::bot::{Bot, free_address};
use super::clock::{Clock, PACE, real, seconds_since};
use super::delivery;
use super::fault::FaultMode;
use super::figures::Figures;
use super::line::Line;
use super::questions::questions;
use super::server::Server;

const N_CHATS: i64 = 20;

/// Number of users who tap a button in each round.
const N_TAPS: usize = 5;

/// Number of readiness checks during the outage.
const N_CHECKS: u8 = 12;

const HOUR: f64 = 3600.0;

/// Metric of updates received without the journal.
const UNJOURNALED: &str = "pressdesk_unjournaled_updates_total";

/// Maximum recovery time in seconds of the bot's clock: a call in flight may take 15, the longest backoff is 30, and the rest
/// allows for delays of this machine of a third of a second.
const MAX_RECOVERY: f64 = 60.0;

/// Time for a page in seconds of the bot's clock: a ninth of a second on this machine.
const PAGE_TIME: f64 = 5.0;

/// Timeout of any wait, in real time.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reasons in `/readyz` during an outage.
const REASONS: [&str; 3] =
    ["updates can't be fetched", "Telegram could not be reached yet", "the webhook can't be checked"];

/// Way in which the bot receives updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntakeMode {
    /// Polling, with a kill and a restart in the middle of the hour.
    Polling,
    /// Webhook: updates still arrive, but outgoing calls fail.
    Webhook,
}

/// Users of the bot.
struct People {
    server: Server,
    questions: Vec<String>,
    n_asked: usize,
}

impl People {
    /// Each asks a question, and some tap a button; returns the number of questions so far.
    fn write(&mut self) -> usize {
        for chat in 1..=N_CHATS {
            self.server.ask(chat, &self.questions[self.n_asked % self.questions.len()]);
            self.n_asked += 1;
        }
        (1..).take(N_TAPS).for_each(|chat| self.server.tap(chat));
        self.n_asked
    }
}

/// Observations during the outage.
#[derive(Default)]
struct Observations {
    n_exits: usize,
    /// Number of checks that reported the outage with its reason.
    n_named: usize,
    /// Number of updates that the bot received without the journal before it was restarted.
    n_unjournaled: f64,
}

/// Recovery times in seconds of the bot's clock.
struct Recovery {
    first: f64,
    ready: f64,
    all: f64,
}

/// Takes the bot through an hour of outage: a third each of errors, of refused connections, of errors.
pub(super) async fn outage(figures: &mut Figures, clock: &Clock, mode: IntakeMode) {
    let server = Server::start(PACE).await;
    server.state.lock().unwrap().is_strict = true;
    let mut line = Line::lay(server.address).await;
    let folder = tempfile::tempdir().unwrap();
    let (near, listen) = (line.near, free_address());
    let start = || {
        let mut environment = vec![
            ("TELOXIDE_API_URL", format!("http://{near}")),
            // Default limits.
            ("PRESSDESK_LIMITS_PERSON_AT_ONCE", "10".to_owned()),
            ("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "3".to_owned()),
            ("PRESSDESK_LIMITS_OVERALL_A_SECOND", "30".to_owned()),
        ];
        if mode == IntakeMode::Webhook {
            environment.push(("PRESSDESK_WEBHOOK_URL", "https://desk.example.org/".to_owned()));
            environment.push(("PRESSDESK_WEBHOOK_LISTEN", listen.to_string()));
        }
        environment.extend(clock.environment());
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Bot::start(&server, folder.path(), &environment)
    };
    let _delivering = (mode == IntakeMode::Webhook)
        .then(|| AbortOnDropHandle::new(tokio::spawn(delivery::deliver(server.clone(), listen))));
    let mut people = People { server: server.clone(), questions: questions(), n_asked: 0 };

    let mut bot = start();
    let is_ready = until_ready(&bot).await;
    let n_due = people.write() + N_TAPS;
    let is_well = server.until(TIMEOUT, |inner| inner.seen.len() >= n_due).await;
    // These updates are in the journal during the outage, and their taps have expired after it.
    server.set_fault_mode(FaultMode::MessagesFail);
    people.write();
    people.write();
    let is_taken = server.until(TIMEOUT, |inner| inner.updates.is_empty()).await;

    let mut seen = run_outage(&mut line, &mut people, &mut bot, (mode == IntakeMode::Polling).then_some(&start)).await;
    let stale: Vec<i64> = {
        let mut inner = server.state.lock().unwrap();
        inner.expire();
        inner.tapped.difference(&inner.seen).copied().collect()
    };
    let back = recover(&mut people, &bot).await;
    seen.n_exits += usize::from(!bot.is_running());
    let n_expired = bot.metric("pressdesk_expired_updates_total").await;
    let n_uncertain = bot.metric("pressdesk_uncertain_sends_total").await;
    let n_unjournaled = seen.n_unjournaled + bot.metric(UNJOURNALED).await;

    let (inner, n_asked) = (server.state.lock().unwrap(), people.n_asked);
    let how = match mode {
        IntakeMode::Polling => "by polling, killed and restarted in the middle",
        IntakeMode::Webhook => "by webhook",
    };
    println!("outage: {n_asked} questions before, in and after an hour without Telegram, {how}");
    figures.print("ready and answering before, and taking in after", "all", is_ready && is_well && is_taken);
    let n_answered = inner.seen.difference(&inner.tapped).count();
    let n_lost = n_asked - n_answered;
    figures.print(&format!("answered {n_answered}, lost {n_lost}"), "all, 0", n_lost == 0);
    let n_disorder = inner.n_out_of_order();
    let figure = format!("out of order within a chat {n_disorder}, and {n_unjournaled:.0} came without the journal");
    // A delay of this machine of a ninth of a second makes the journal silent, and a question may overtake those in it.
    figures.print(&figure, "0, or counted", n_disorder as f64 <= n_unjournaled);
    let figure = format!("sent twice {}, and the bot counted {n_uncertain:.0} sends that might be", inner.n_twice);
    // A delay of this machine of a third of a second may cause one.
    figures.print(&figure, "0, or counted", inner.n_twice as f64 <= n_uncertain);
    let n_violations = inner.violations.len();
    figures.print(&format!("messages against Telegram's rules {n_violations}"), "0", n_violations == 0);
    let n_late = stale.iter().filter(|tap| inner.seen.contains(tap)).count();
    let n_journaled = match mode {
        // The others expire before Telegram can deliver them.
        IntakeMode::Polling => 2 * N_TAPS,
        IntakeMode::Webhook => stale.len(),
    };
    let figure = format!("taps past their life: answered {n_late}, skipped {n_expired:.0} of {n_journaled} taken in");
    // One that comes without the journal may come again, or expire unseen.
    let is_all_skipped = (n_expired - n_journaled as f64).abs() <= n_unjournaled;
    figures.print(&figure, "0, all but those counted", n_late == 0 && is_all_skipped);
    let Observations { n_exits, n_named, .. } = seen;
    let figure = format!("not ready, and why, at {n_named} of {N_CHECKS} checks; ended by itself {n_exits} times");
    figures.print(&figure, "all, 0", n_named == usize::from(N_CHECKS) && n_exits == 0);
    let Recovery { first, ready, all } = back;
    let figure =
        format!("of its own seconds it took {first:.0} to the first answer, {ready:.0} to ready, {all:.0} to all");
    figures.print_time(
        &figure,
        &format!("the first two at most {MAX_RECOVERY}"),
        first <= MAX_RECOVERY && ready <= MAX_RECOVERY,
    );
}

/// Runs the hour, in which users go on writing; in its middle the bot is restarted if `way` says so.
async fn run_outage(
    line: &mut Line,
    people: &mut People,
    bot: &mut Bot,
    successor: Option<&impl Fn() -> Bot>,
) -> Observations {
    let mut seen = Observations::default();
    people.server.set_fault_mode(FaultMode::Outage);
    let gone = Instant::now();
    for check in 1..=N_CHECKS {
        match check {
            4 => line.cut(),
            6 => {
                seen.n_exits += usize::from(!bot.is_running());
                if let Some(start) = successor {
                    seen.n_unjournaled += bot.metric(UNJOURNALED).await;
                    bot.kill();
                    *bot = start();
                }
            }
            8 => line.mend().await,
            _ => {}
        }
        if check % 4 == 3 {
            people.write();
        }
        let until = gone + real(HOUR * f64::from(check) / f64::from(N_CHECKS));
        tokio::time::sleep_until(until.into()).await;
        // On a busy machine a restart takes its time.
        let limit = if check == 6 { MAX_RECOVERY } else { PAGE_TIME };
        seen.n_named += usize::from(is_outage_named(bot, limit).await);
    }
    seen
}

/// Tells whether the bot says that it is not ready, and why, within some seconds of its clock.
async fn is_outage_named(bot: &Bot, limit: f64) -> bool {
    let naming = async {
        loop {
            let page = bot.page("/readyz").await;
            if page.starts_with("not ready: ") && REASONS.iter().any(|reason| page.contains(reason)) {
                return;
            }
            tokio::time::sleep(real(1.0)).await;
        }
    };
    tokio::time::timeout(real(limit), naming).await.is_ok()
}

/// Waits until the bot is ready; tells whether it is in time.
async fn until_ready(bot: &Bot) -> bool {
    let waiting = async {
        while bot.page("/readyz").await != "ready\n" {
            tokio::time::sleep(real(1.0)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, waiting).await.is_ok()
}

/// Ends the outage, and waits until the bot has recovered.
async fn recover(people: &mut People, bot: &Bot) -> Recovery {
    let server = people.server.clone();
    let n_before = server.state.lock().unwrap().seen.len();
    server.set_fault_mode(FaultMode::None);
    let back = Instant::now();
    let is_ready = async {
        until_ready(bot).await;
        seconds_since(back)
    };
    let is_answering = async {
        server.until(TIMEOUT, |inner| inner.seen.len() > n_before).await;
        seconds_since(back)
    };
    let (ready, first) = tokio::join!(is_ready, is_answering);
    let n_due = people.write() + 2 * N_TAPS;
    server.until(TIMEOUT, |inner| inner.seen.len() >= n_due).await;
    let all = seconds_since(back);
    while bot.metric("pressdesk_journal_entries").await > 0.0 && back.elapsed() < TIMEOUT {
        tokio::time::sleep(real(1.0)).await;
    }
    // Time for duplicates to arrive.
    tokio::time::sleep(real(120.0)).await;
    Recovery { first, ready, all }
}
