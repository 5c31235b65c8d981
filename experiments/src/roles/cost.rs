//! What a piece of work cost: wall time, CPU time of all threads, peak memory.

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// Time spent on one piece of work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Elapsed seconds.
    pub wall_seconds: f64,
    /// CPU seconds of all threads of this process.
    pub cpu_seconds: f64,
}

impl Cost {
    /// Runs `work` and measures it.
    pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let (start, cpu) = (Instant::now(), process_cpu_seconds());
        let result = work();
        let cost = Self {
            wall_seconds: start.elapsed().as_secs_f64(),
            cpu_seconds: process_cpu_seconds() - cpu,
        };
        (result, cost)
    }
}

/// CPU seconds of all threads of this process since its start.
pub fn process_cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Peak resident memory of this process in bytes: `VmHWM` of `/proc/self/status`; `None` where there is none.
pub fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Makes [`peak_rss_bytes`] start again from what is resident now; `false` where the system cannot.
pub fn reset_peak_rss() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_that_of_the_work() {
        let ((), idle) = Cost::measure(|| std::thread::sleep(std::time::Duration::from_millis(30)));
        assert!(idle.wall_seconds >= 0.03);
        let (_, busy) = Cost::measure(|| {
            let start = process_cpu_seconds();
            while process_cpu_seconds() < start + 0.05 {}
        });
        assert!((0.05..5.0).contains(&busy.cpu_seconds), "{busy:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn peak_memory_covers_what_was_allocated() {
        let block = vec![1u8; 64 << 20];
        let peak = peak_rss_bytes().expect("Linux reports it");
        assert!(block.contains(&1) && peak >= 64 << 20);
    }
}
