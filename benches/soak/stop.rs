//! Duration of a stop at full load.

use std::time::Duration;

use super::bot::Bot;
use super::figures::Figures;
use super::questions::{N_CHATS, questions};
use super::server::Server;

pub(super) async fn stop_at_full_load(figures: &mut Figures, server: &Server) {
    server.reset();
    let folder = tempfile::tempdir().unwrap();
    let bot = Bot::start(server, folder.path(), &[]);
    let questions = questions();
    for n in 0..40_000 {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
    }
    server.until(Duration::from_secs(60), |inner| inner.seen.len() >= 500).await;
    let (elapsed, code) = bot.terminate();
    println!("stop: SIGTERM with 40000 questions on their way");
    let figure = format!("exit after {:.2} s with code {}", elapsed.as_secs_f64(), code.unwrap_or(-1));
    figures.print(&figure, "at most 8 s, 0", elapsed <= Duration::from_secs(8) && code == Some(0));
}
