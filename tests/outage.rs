//! An hour without Telegram, in 80 seconds of accelerated time: `cargo test --test outage`, with Debian's `libfaketime`.
//!
//! Same as the outage part of `make soak`; all targets must be met, except those of time.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, dead_code)]

#[path = "../benches/soak/bot.rs"]
mod bot;
#[path = "../benches/soak/clock.rs"]
mod clock;
#[path = "../benches/soak/delivery.rs"]
mod delivery;
#[path = "../benches/soak/fault.rs"]
mod fault;
#[path = "../benches/soak/figures.rs"]
mod figures;
#[path = "../benches/soak/interactions.rs"]
mod interactions;
#[path = "../benches/soak/line.rs"]
mod line;
#[path = "../benches/soak/outage.rs"]
mod outage;
#[path = "../benches/soak/questions.rs"]
mod questions;
#[path = "it/telegram/rules.rs"]
mod rules;
#[path = "../benches/soak/server.rs"]
mod server;
#[path = "../benches/soak/updates.rs"]
mod updates;

use self::clock::Clock;
use self::figures::Figures;
use self::outage::IntakeMode;

/// Held by the outage that runs: two at once would take each other's processor time, of which each needs 45 times as much.
static RUNNING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn check(mode: IntakeMode) {
    let _running = RUNNING.lock().await;
    let clock = Clock::start().expect("libfaketime is installed: apt-get install libfaketime");
    let mut figures = Figures::default();
    outage::outage(&mut figures, &clock, mode).await;
    assert_eq!(figures.n_missed, 0, "the figures that are missed stand above");
}

#[tokio::test]
async fn polling_bot_answers_everything_once_after_an_outage() {
    check(IntakeMode::Polling).await;
}

#[tokio::test]
async fn webhook_bot_answers_everything_once_after_an_outage() {
    check(IntakeMode::Webhook).await;
}
