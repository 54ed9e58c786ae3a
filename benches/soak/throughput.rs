//! Throughput in questions per second, beside a bare echo bot on the same server.

use std::time::{Duration, Instant};

use super::bot::Bot;
use super::fault::FaultMode;
use super::figures::{Figures, millis, percentile};
use super::questions::{N_CHATS, paced, questions};
use super::server::{Inner, Server};

/// Measures the maximum throughput beside the echo bot's, and the latency at half that rate.
pub(super) async fn throughput(figures: &mut Figures, server: &Server) {
    let [(ours, our_time), (echo, echo_time)] = compare(server, 3, 10_000).await;
    println!("throughput: 10000 questions over {N_CHATS} chats, the median of three rounds by turns");
    let figure = format!("{ours:.0} questions a second, a bare echo bot {echo:.0}: {:.2} times as many", ours / echo);
    figures.print(&figure, "at least .8", ours / echo >= 0.8);
    println!("  of a processor a question took {our_time:.0?}, of the echo bot's {echo_time:.0?}");
    let folder = tempfile::tempdir().unwrap();
    let _bot = Bot::start(server, folder.path(), &[]);
    paced(server, 100.0, 2.0, N_CHATS).await;
    let times: Vec<Duration> =
        paced(server, ours / 2.0, 10.0, N_CHATS).await.into_iter().map(|(_, time)| time).collect();
    let (p50, p99) = (percentile(times.clone(), 0.5), percentile(times, 0.99));
    let figure = format!("at half that rate p50 {:.1} ms, p99 {:.1} ms", millis(p50), millis(p99));
    figures.print(&figure, "p99 below 50 ms", p99 < Duration::from_millis(50));
}

/// Alternates a few rounds, so that other load affects both; returns the medians of the bot and of the echo bot.
async fn compare(server: &Server, n_rounds: usize, n_questions: usize) -> [(f64, Duration); 2] {
    let (mut ours, mut echo) = (Vec::new(), Vec::new());
    for _ in 0..n_rounds {
        echo.push(rate(server, n_questions, || Bot::echo(server)).await);
        let folder = tempfile::tempdir().unwrap();
        ours.push(rate(server, n_questions, || Bot::start(server, folder.path(), &[])).await);
    }
    [ours, echo].map(|mut rounds| {
        rounds.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        rounds[rounds.len() / 2]
    })
}

/// Lets a bot answer a number of pending questions; returns the rate per second, and the processor time of one.
async fn rate(server: &Server, n_questions: usize, start_bot: impl FnOnce() -> Bot) -> (f64, Duration) {
    server.reset();
    server.set_fault_mode(FaultMode::None);
    let questions = questions();
    let bot = start_bot();
    let n_answered = |inner: &Inner| inner.seen.len() + inner.n_echoed;
    // Warm-up.
    let n_warm = 200;
    for n in 0..n_warm {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(60), |inner| n_answered(inner) >= n_warm).await;
    let (start, busy) = (Instant::now(), bot.processor_time());
    for n in 0..n_questions {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(600), |inner| n_answered(inner) >= n_warm + n_questions).await;
    let busy = bot.processor_time() - busy;
    (n_questions as f64 / start.elapsed().as_secs_f64(), busy / n_questions as u32)
}
