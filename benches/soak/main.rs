//! Soak test of the bot under load, faults and kills: `cargo bench --bench soak`, or `make soak`.
//!
//! Drives the real program, by keywords only, against a loopback Bot API in this process, prints figures beside their targets, and
//! fails if a target is missed. A bare echo bot on plain teloxide runs against the same server for comparison.
//! `cargo bench --bench soak -- flood` runs one part: faults, throughput, flood, load, taps, stop, memory or outage; taps has the
//! model.
//! `make container` runs the container part: a question, a stop, a kill and a start on the same volume.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod bot;
mod clock;
mod container;
mod delivery;
mod fault;
mod faults;
mod figures;
mod flood;
mod interactions;
mod line;
mod load;
mod memory;
mod outage;
mod questions;
#[path = "../../tests/it/telegram/rules.rs"]
mod rules;
mod server;
mod stop;
mod taps;
mod throughput;
mod updates;

use self::clock::Clock;
use self::figures::Figures;
use self::outage::IntakeMode;
use self::server::Server;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    if has("echo") {
        return bot::echo().await;
    }
    if has("--test") {
        return;
    }
    let wants = |part: &str| arguments.iter().skip(1).all(|argument| argument.starts_with("--")) || has(part);
    let server = Server::start(1.0).await;
    let mut figures = Figures::default();
    if wants("faults") {
        faults::faults(&mut figures, &server, 10_000, 10).await;
    }
    if wants("throughput") {
        throughput::throughput(&mut figures, &server).await;
    }
    if wants("flood") {
        flood::bystanders(&mut figures, &server).await;
    }
    if wants("load") {
        load::long_texts(&mut figures, &server).await;
        load::crowd(&mut figures, &server).await;
        load::backlog(&mut figures, &server).await;
    }
    if wants("taps") {
        taps::taps(&mut figures, &server).await;
    }
    if wants("stop") {
        stop::stop_at_full_load(&mut figures, &server).await;
    }
    if wants("memory") {
        memory::memory(&mut figures, &server, 100_000).await;
    }
    if wants("outage") {
        match Clock::start() {
            Some(clock) => {
                outage::outage(&mut figures, &clock, IntakeMode::Polling).await;
                outage::outage(&mut figures, &clock, IntakeMode::Webhook).await;
            }
            None => println!("outage: left out without libfaketime; on Debian: apt-get install libfaketime"),
        }
    }
    // Only on request, because it needs the image.
    if has("container") {
        container::container(&mut figures, &server).await;
    }
    let n_missed = figures.n_missed + figures.n_late;
    if n_missed > 0 {
        println!("{n_missed} missed");
        std::process::exit(1);
    }
}
