//! What was measured, beside what is aimed at.

use std::time::Duration;

/// Returns the value below which so large a share lies.
pub(super) fn percentile(mut times: Vec<Duration>, share: f64) -> Duration {
    times.sort_unstable();
    let at = ((times.len() as f64 - 1.0) * share).round().max(0.0) as usize;
    times.get(at).copied().unwrap_or_default()
}

/// What was measured, beside what is aimed at.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) n_missed: usize,
}

impl Figures {
    pub(super) fn print(&mut self, figure: &str, aim: &str, is_reached: bool) {
        let verdict = if is_reached { "reached" } else { "MISSED" };
        self.n_missed += usize::from(!is_reached);
        println!("  {figure}; aim: {aim}: {verdict}");
    }
}

pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
