//! Questions, and the pace at which they are asked.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::server::Server;

/// Number of users, each in a private chat.
pub(super) const N_CHATS: i64 = 200;

/// Labelled questions in both languages.
pub(super) fn questions() -> Vec<String> {
    let file = std::fs::read_to_string("tests/questions/dev.jsonl").unwrap();
    let lines = file.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| Some(line["question"].as_str()?.to_owned())).collect()
}

/// Asks at a steady pace for some time; returns the latencies of each chat.
pub(super) async fn paced(server: &Server, a_second: f64, seconds: f64, chats: i64) -> Vec<(i64, Duration)> {
    server.reset();
    let questions = questions();
    let n_questions = (a_second * seconds) as usize;
    let start = Instant::now();
    for n in 0..n_questions {
        let due = start + Duration::from_secs_f64(n as f64 / a_second);
        tokio::time::sleep_until(due.into()).await;
        server.ask(1 + n as i64 % chats, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(60), |inner| inner.seen.len() >= n_questions).await;
    std::mem::take(&mut server.state.lock().unwrap().latencies)
}
