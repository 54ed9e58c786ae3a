//! Fairness under load: long texts beside ordinary questions, many users at once, and a newcomer beside a backlog.

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::bot::Bot;
use super::figures::{Figures, percentile};
use super::interactions::{Habits, Interactions, Kind};
use super::questions::questions;
use super::server::{Inner, Server};

const SECOND: Duration = Duration::from_secs(1);

/// Model of the settings; without it the long texts are asked by keywords only.
const MODEL: &str = "models/multilingual-e5-small";

/// Returns the model, if it is there.
pub(super) fn model() -> &'static str {
    if Path::new(MODEL).join("model.onnx").exists() { MODEL } else { "none" }
}

/// Chats of the long texts, and of newcomers; ordinary ones are below.
const LONG: i64 = 10_000;
const NEW: i64 = 20_000;

const PACED: (&str, &str) = ("PRESSDESK_LIMITS_OVERALL_A_SECOND", "30");

/// Process that keeps the first core busy until dropped.
struct BusyLoop(Child);

impl BusyLoop {
    fn start() -> Self {
        Self(Command::new("taskset").args(["-c", "0", "sh", "-c", "while :; do :; done"]).spawn().unwrap())
    }
}

impl Drop for BusyLoop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends eight texts of 4096 letters at once to a bot on one core, and on half of one, and ordinary questions meanwhile.
pub(super) async fn long_texts(figures: &mut Figures, server: &Server) {
    for (share, is_shared) in [("one core", false), ("half of one core", true)] {
        let model = model();
        server.reset();
        let folder = tempfile::tempdir().unwrap();
        let mut bot = Bot::start_on(server, folder.path(), &[("PRESSDESK_MEANING_MODEL", model)], Some("0"));
        let questions = questions();
        server.ask(1, &questions[0]);
        server.until(120 * SECOND, |inner| !inner.seen.is_empty()).await;
        let _busy = is_shared.then(BusyLoop::start);
        let (start, n_long) = (Instant::now(), 8);
        for n in 0..n_long {
            let text =
                questions.iter().cycle().skip(40 * n).take(400).map(String::as_str).collect::<Vec<_>>().join(" ");
            server.ask(LONG + n as i64, &text.chars().take(4096).collect::<String>());
        }
        let n_answered = |inner: &Inner| inner.latencies.iter().filter(|(chat, _)| *chat >= LONG).count();
        let mut n_asked = 1;
        while n_asked < 10 || n_asked < 300 && n_answered(&server.state.lock().unwrap()) < n_long {
            tokio::time::sleep_until((start + SECOND * n_asked as u32).into()).await;
            server.ask(1 + n_asked, &questions[n_asked as usize % questions.len()]);
            n_asked += 1;
        }
        server.until(60 * SECOND, |inner| inner.seen.len() >= n_long + n_asked as usize).await;
        let (of_short, of_long): (Vec<_>, Vec<_>) =
            std::mem::take(&mut server.state.lock().unwrap().latencies).into_iter().partition(|(chat, _)| *chat < LONG);
        let times = |of: &[(i64, Duration)]| of.iter().map(|(_, time)| *time).collect::<Vec<_>>();
        let (short, long) = (times(&of_short[1..]), times(&of_long));
        println!("load: eight texts of 4096 letters at once on {share}, a question a second meanwhile, model {model}");
        let n_failed = bot.metric("pressdesk_failures_total{kind=\"stuck\"}").await;
        let figure = format!(
            "the bot {}, {} of 8 answered, the last after {:.1} s, {n_failed} given up",
            if bot.is_running() { "runs" } else { "has ended" },
            long.len(),
            percentile(long.clone(), 1.0).as_secs_f64()
        );
        figures.print(&figure, "runs, 8, 0", bot.is_running() && long.len() == n_long && n_failed == 0.0);
        let last = percentile(short.clone(), 1.0);
        let figure = format!(
            "{} of {} questions answered, median {:.2} s, the last after {:.2} s",
            short.len(),
            n_asked - 1,
            percentile(short.clone(), 0.5).as_secs_f64(),
            last.as_secs_f64()
        );
        figures.print_time(&figure, "all, 2 s", short.len() + 1 == n_asked as usize && last <= 2 * SECOND);
    }
}

/// Measures 200 users who ask at once, with 20 who type an inline query and some who tap a button of their answer.
pub(super) async fn crowd(figures: &mut Figures, server: &Server) {
    server.reset();
    let folder = tempfile::tempdir().unwrap();
    let bot = Bot::start(server, folder.path(), &[PACED]);
    server.ask(1, "/help");
    server.until(60 * SECOND, |inner| !inner.seen.is_empty()).await;
    // The profile is published, and its calls are outside of the window.
    tokio::time::sleep(3 * SECOND).await;
    server.reset();
    server.set_habits(Habits { first_chat: 0, tap_every: 10, edit_every: 0 });
    let (questions, n_people) = (questions(), 200);
    for n in 0..n_people {
        server.ask(1 + n as i64, &questions[n % questions.len()]);
        if n % 10 == 0 {
            server.type_inline(&questions[n % questions.len()]);
        }
    }
    server.until(60 * SECOND, |inner| inner.seen.len() >= n_people && inner.interactions.n_open() == 0).await;
    let inner = server.state.lock().unwrap();
    let last = percentile(inner.latencies.iter().map(|(_, time)| *time).collect(), 1.0);
    println!("load: {n_people} people ask at once");
    figures.print(&calls(&inner), "at most 30 in any second", max_in_a_second(&inner.calls) <= 30);
    println!("  {} of them answered, the last after {:.1} s", inner.seen.len(), last.as_secs_f64());
    inner.interactions.print(figures);
    println!("  {}", latest(&inner.interactions));
    drop(bot);
}

/// Starts a bot with a backlog of 5,000 messages of as many users, and measures newcomers meanwhile, who ask, tap, edit and type.
pub(super) async fn backlog(figures: &mut Figures, server: &Server) {
    server.reset();
    let folder = tempfile::tempdir().unwrap();
    let (questions, n_people) = (questions(), 5000);
    let mut bot = Bot::start(server, folder.path(), &[PACED]);
    for n in 0..n_people {
        server.ask(1 + n as i64, &questions[n % questions.len()]);
    }
    // The last ones are confirmed when they are in the journal.
    server.until(120 * SECOND, |inner| inner.updates.is_empty()).await;
    bot.kill();
    let n_before = server.state.lock().unwrap().seen.len();
    server.state.lock().unwrap().calls.clear();
    server.state.lock().unwrap().n_typing = 0;
    server.set_habits(Habits { first_chat: NEW, tap_every: 3, edit_every: 7 });
    let start = Instant::now();
    let bot = Bot::start(server, folder.path(), &[PACED]);
    server.until(60 * SECOND, |inner| inner.seen.len() > n_before).await;
    let (first, mut estimate) = (start.elapsed(), String::new());
    let mut n_new = 0;
    while server.state.lock().unwrap().seen.len() < n_people + n_new && start.elapsed() < 400 * SECOND {
        if start.elapsed() < 150 * SECOND {
            server.ask(NEW + n_new as i64, &questions[n_new % questions.len()]);
            if n_new % 3 == 0 {
                server.type_inline(&questions[n_new % questions.len()]);
            }
            n_new += 1;
        }
        tokio::time::sleep(SECOND).await;
        if estimate.is_empty() {
            estimate = Some(bot.page("/readyz").await).filter(|page| page.contains("wait")).unwrap_or_default();
        }
    }
    server.until(10 * SECOND, |inner| inner.interactions.n_open() == 0).await;
    let (all, inner) = (start.elapsed(), server.state.lock().unwrap());
    let new: Vec<_> = inner.latencies.iter().filter(|(chat, _)| *chat >= NEW).map(|(_, time)| *time).collect();
    println!("load: {n_people} messages of {n_people} people wait at the start, {n_before} of them answered before");
    println!("  the first answer after {:.1} s; /readyz says: {}", first.as_secs_f64(), estimate.trim());
    let (median, last) = (percentile(new.clone(), 0.5), percentile(new.clone(), 1.0));
    let figure = format!(
        "{} of {n_new} newcomers answered, one a second: median {:.2} s, the last after {:.2} s",
        new.len(),
        median.as_secs_f64(),
        last.as_secs_f64()
    );
    figures.print(&figure, "all within 5 s", new.len() == n_new && last <= 5 * SECOND);
    inner.interactions.print(figures);
    let all_kinds = [Kind::TAPS.as_slice(), &[Kind::Edit, Kind::Inline]].concat();
    let is_reached = inner.interactions.longest_of(&all_kinds) <= 5 * SECOND;
    figures.print(&latest(&inner.interactions), "all within 5 s", is_reached);
    let n_left = n_people + n_new - inner.seen.len();
    figures.print(&format!("{n_left} not answered after {:.0} s", all.as_secs_f64()), "0", n_left == 0);
    figures.print(&calls(&inner), "at most 30 in any second", max_in_a_second(&inner.calls) <= 30);
    drop(bot);
}

fn latest(interactions: &Interactions) -> String {
    let last = |kinds: &[Kind]| interactions.longest_of(kinds).as_secs_f64();
    let (taps, edits, inline) = (last(&Kind::TAPS), last(&[Kind::Edit]), last(&[Kind::Inline]));
    format!("the last tap answered after {taps:.2} s, edit after {edits:.2} s, inline query after {inline:.2} s")
}

fn calls(inner: &Inner) -> String {
    let (n_calls, n_most) = (inner.calls.len(), max_in_a_second(&inner.calls));
    format!(
        "{n_calls} calls without those for updates, {} of them \"typing…\", at most {n_most} in a second",
        inner.n_typing
    )
}

/// Returns the largest number of calls within any second.
fn max_in_a_second(calls: &[Instant]) -> usize {
    let n_from = |first: usize| calls[first..].iter().take_while(|call| **call - calls[first] < SECOND).count();
    (0..calls.len()).map(n_from).max().unwrap_or_default()
}
