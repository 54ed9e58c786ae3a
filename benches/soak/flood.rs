//! Effect of a flooding user on others.

use std::time::{Duration, Instant};

use super::bot::Bot;
use super::figures::{Figures, millis, percentile};
use super::questions::{paced, questions};
use super::server::Server;

pub(super) async fn bystanders(figures: &mut Figures, server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let limits = [("PRESSDESK_LIMITS_PERSON_AT_ONCE", "10"), ("PRESSDESK_LIMITS_CHAT_IN_3_SECONDS", "3")];
    let _bot = Bot::start(server, folder.path(), &limits);
    let p95 = |latencies: Vec<(i64, Duration)>| {
        percentile(latencies.into_iter().filter(|(chat, _)| *chat <= 49).map(|(_, time)| time).collect(), 0.95)
    };
    paced(server, 20.0, 3.0, 49).await;
    let calm = p95(paced(server, 25.0, 12.0, 49).await);
    let flood = async {
        for _ in 0..30 {
            for _ in 0..40 {
                server.ask(50, "who paid for the workshop?");
            }
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    };
    let others = async {
        // Reset would forget the flood, so the pace is kept here.
        let questions = questions();
        let start = Instant::now();
        for n in 0..300_usize {
            tokio::time::sleep_until((start + Duration::from_secs_f64(n as f64 / 25.0)).into()).await;
            server.ask(1 + n as i64 % 49, &questions[n % questions.len()]);
        }
    };
    server.reset();
    tokio::join!(flood, others);
    server
        .until(Duration::from_secs(20), |inner| inner.latencies.iter().filter(|(chat, _)| *chat <= 49).count() >= 300)
        .await;
    let flooded = p95(std::mem::take(&mut server.state.lock().unwrap().latencies));
    let times = flooded.as_secs_f64() / calm.as_secs_f64();
    println!("flood: one of 50 chats sends 1200 messages in 12 s");
    let figure = format!(
        "p95 of the bystanders {:.1} ms, {:.1} ms without the flood: {times:.2} times",
        millis(flooded),
        millis(calm)
    );
    figures.print(&figure, "at most 1.5", times <= 1.5);
}
