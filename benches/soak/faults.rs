//! No loss and no disorder under faults and kills.

use std::time::{Duration, Instant};

use super::bot::Bot;
use super::fault::FaultMode;
use super::figures::Figures;
use super::interactions::Habits;
use super::questions::{N_CHATS, questions};
use super::server::{Inner, Server, get_updates};

/// Number of questions for each inline query.
const INLINE_EVERY: usize = 20;

pub(super) async fn faults(figures: &mut Figures, server: &Server, n_questions: usize, n_kills: usize) {
    server.reset();
    server.set_fault_mode(FaultMode::Mixed);
    server.set_habits(Habits { first_chat: 0, tap_every: 5, edit_every: 7 });
    let folder = tempfile::tempdir().unwrap();
    let questions = questions();
    let start = Instant::now();
    let mut bot = Bot::start(server, folder.path(), &[]);
    for n in 0..n_questions {
        server.ask(1 + n as i64 % N_CHATS, &questions[n % questions.len()]);
        if n % INLINE_EVERY == 0 {
            server.type_inline(&questions[n / INLINE_EVERY % questions.len()]);
        }
    }
    let mut n_uncertain = 0.0;
    for kill in 1..=n_kills {
        let share = n_questions * kill / (n_kills + 1);
        server.until(Duration::from_secs(300), |inner| inner.seen.len() >= share).await;
        n_uncertain += bot.metric("pressdesk_uncertain_sends_total").await;
        bot.kill();
        server.state.lock().unwrap().interrupt();
        bot = Bot::start(server, folder.path(), &[]);
        // Another program polls once, so a poll of the bot may be refused.
        server.until(Duration::from_secs(300), |inner| inner.seen.len() > share).await;
        get_updates(server, b"{}").await;
    }
    server.until(Duration::from_secs(600), |inner| inner.seen.len() >= n_questions).await;
    server.until(Duration::from_secs(60), |inner| inner.interactions.n_open() == 0).await;
    let elapsed = start.elapsed();
    // Time for duplicates to arrive: longer than the bot's timeout of a call.
    let patience = Instant::now() + Duration::from_secs(60);
    while bot.metric("pressdesk_journal_entries").await > 0.0 && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    n_uncertain += bot.metric("pressdesk_uncertain_sends_total").await;
    let inner = server.state.lock().unwrap();
    println!(
        "faults: {n_questions} questions over {N_CHATS} chats, {n_kills} kills, {} faults, {:.0} s",
        inner.n_faults,
        elapsed.as_secs_f64()
    );
    print(figures, &inner, n_questions, n_uncertain);
}

fn print(figures: &mut Figures, inner: &Inner, n_questions: usize, n_uncertain: f64) {
    let (n_answered, n_disorder) = (inner.seen.len(), inner.n_out_of_order());
    let share = 100.0 * n_answered as f64 / n_questions as f64;
    let n_lost = n_questions - n_answered;
    figures.print(&format!("answered {share:.2}%, lost {n_lost}"), "100%, 0", n_lost == 0);
    inner.interactions.print(figures);
    figures.print(&format!("out of order within a chat {n_disorder}"), "0", n_disorder == 0);
    let n_violations = inner.violations.len();
    figures.print(&format!("messages against Telegram's rules {n_violations}"), "0", n_violations == 0);
    inner.violations.iter().take(3).for_each(|violation| println!("    {violation}"));
    figures.print(
        &format!("sent twice {}, and the bot counted {n_uncertain:.0} sends that might be", inner.n_twice),
        "only what was on its way, counted",
        inner.n_twice as f64 <= n_uncertain,
    );
}
