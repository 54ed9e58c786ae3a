//! Latency of taps and inline queries while questions come in, with the model and the limits of the default settings.

use std::time::{Duration, Instant};

use super::bot::Bot;
use super::figures::{Figures, millis, percentile};
use super::interactions::{Habits, Interaction, Kind};
use super::load::model;
use super::questions::{N_CHATS, questions};
use super::server::Server;

/// Questions in a second, and seconds in which they come.
const RATE: usize = 20;
const N_SECONDS: usize = 60;

/// Limits of the default settings.
const LIMITS: [(&str, &str); 3] = [
    ("PRESSDESK_LIMITS_PERSON_AT_ONCE", "10"),
    ("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "3"),
    ("PRESSDESK_LIMITS_OVERALL_A_SECOND", "30"),
];

/// Measures one tap, with turns of the page, and one inline query a second beside the questions.
pub(super) async fn taps(figures: &mut Figures, server: &Server) {
    server.reset();
    let folder = tempfile::tempdir().unwrap();
    let environment = [LIMITS.as_slice(), &[("PRESSDESK_MEANING_MODEL", model())]].concat();
    let _bot = Bot::start(server, folder.path(), &environment);
    let questions = questions();
    server.ask(1, &questions[0]);
    server.until(Duration::from_secs(120), |inner| !inner.seen.is_empty()).await;
    // The profile is published, and its calls are outside of the window.
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.reset();
    server.set_habits(Habits { first_chat: 0, tap_every: 20, edit_every: 0 });
    let (start, n_questions) = (Instant::now(), RATE * N_SECONDS);
    for n in 0..n_questions {
        tokio::time::sleep_until((start + Duration::from_secs_f64(n as f64 / RATE as f64)).into()).await;
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
        if n % RATE == RATE / 2 {
            server.type_inline(&questions[(n / RATE) % questions.len()]);
        }
    }
    server
        .until(Duration::from_secs(30), |inner| inner.seen.len() >= n_questions && inner.interactions.n_open() == 0)
        .await;
    let inner = server.state.lock().unwrap();
    let times: Vec<Duration> = inner.latencies.iter().map(|(_, time)| *time).collect();
    println!(
        "taps: {RATE} questions a second for {N_SECONDS} s, taps and an inline query a second beside them, model {}",
        model()
    );
    println!("  {} of {n_questions} questions answered: {}", times.len(), quantiles(&times));
    inner.interactions.print(figures);
    let mut show = |name: &str, kinds: &[Kind], limit: u64, time: fn(&Interaction) -> Option<Duration>| {
        let times: Vec<Duration> = inner.interactions.of(kinds).filter_map(time).collect();
        let limit = Duration::from_millis(limit);
        let is_reached = !times.is_empty() && percentile(times.clone(), 0.95) <= limit;
        let figure = format!("{name}, {} times: {}", times.len(), quantiles(&times));
        figures.print_time(&figure, &format!("p95 at most {} ms", limit.as_millis()), is_reached);
    };
    show("tap acknowledged", &Kind::TAPS, 100, |one| one.acknowledged);
    show("tapped page edited", &[Kind::Page], 300, |one| one.answered);
    show("tap answered by a message", &[Kind::More, Kind::Release, Kind::Contacts], 300, |one| one.answered);
    show("inline query answered", &[Kind::Inline], 300, |one| one.acknowledged);
}

fn quantiles(times: &[Duration]) -> String {
    let [p50, p95, last] = [0.5, 0.95, 1.0].map(|share| millis(percentile(times.to_vec(), share)));
    format!("p50 {p50:.1} ms, p95 {p95:.1} ms, longest {last:.1} ms")
}
