//! Growth of memory with the number of questions.

use std::time::Duration;

use super::bot::Bot;
use super::figures::Figures;
use super::questions::{N_CHATS, questions};
use super::server::Server;

pub(super) async fn memory(figures: &mut Figures, server: &Server, n_questions: usize) {
    server.reset();
    let folder = tempfile::tempdir().unwrap();
    let bot = Bot::start(server, folder.path(), &[]);
    let questions = questions();
    let mut marks = Vec::new();
    for part in 1..=5 {
        for n in 0..n_questions / 5 {
            server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
        }
        server.until(Duration::from_secs(600), |inner| inner.seen.len() >= part * (n_questions / 5)).await;
        marks.push(bot.memory());
    }
    let (least, most) =
        marks.iter().fold((f64::MAX, 0.0_f64), |(least, most), mark| (least.min(*mark), most.max(*mark)));
    let marks: Vec<String> = marks.iter().map(|mark| format!("{mark:.0}")).collect();
    println!("memory: {n_questions} questions");
    let figure =
        format!("{} MiB after each fifth: {:.1}% between them", marks.join(", "), (most / least - 1.0) * 100.0);
    figures.print(&figure, "at most 10%", most / least <= 1.1);
}
