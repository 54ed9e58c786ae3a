//! Figures beside their targets.

use std::time::Duration;

/// Returns a quantile.
pub(super) fn percentile(mut times: Vec<Duration>, share: f64) -> Duration {
    times.sort_unstable();
    let at = ((times.len() as f64 - 1.0) * share).round().max(0.0) as usize;
    times.get(at).copied().unwrap_or_default()
}

/// Figures beside their targets.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) n_missed: usize,
    /// Missed targets that depend on the speed of the machine.
    pub(super) n_late: usize,
}

impl Figures {
    pub(super) fn print(&mut self, figure: &str, aim: &str, is_reached: bool) {
        self.n_missed += usize::from(!is_reached);
        Self::show(figure, aim, is_reached);
    }

    /// Prints a duration, whose target is not enforced in tests because it depends on the machine.
    pub(super) fn print_time(&mut self, figure: &str, aim: &str, is_reached: bool) {
        self.n_late += usize::from(!is_reached);
        Self::show(figure, aim, is_reached);
    }

    fn show(figure: &str, aim: &str, is_reached: bool) {
        let verdict = if is_reached { "reached" } else { "MISSED" };
        println!("  {figure}; aim: {aim}: {verdict}");
    }
}

pub(super) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
