//! Facts about the machine and the source, for reports.

use std::process::Command;

/// Model name of the processor, or the architecture where the system does not say.
pub(super) fn cpu() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Logical cores this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Memory of the machine in bytes; `None` where the system does not say.
pub(super) fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The commit of the source: set at build time in `BLINDPROOF_GIT_COMMIT`, or asked of git, with `-dirty` when files
/// differ from it; `unknown` where neither says.
pub(super) fn git_commit() -> String {
    if let Some(commit) = option_env!("BLINDPROOF_GIT_COMMIT") {
        return commit.to_owned();
    }
    Command::new("git")
        .args(["-C", env!("CARGO_MANIFEST_DIR")])
        .args([
            "describe",
            "--always",
            "--abbrev=40",
            "--dirty",
            "--exclude=*",
        ])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_is_there() {
        assert!(!cpu().is_empty());
        assert!(cores() >= 1);
        let commit = git_commit();
        let digits = commit.trim_end_matches("-dirty");
        assert!(
            commit == "unknown" || digits.chars().all(|c| c.is_ascii_hexdigit()),
            "{commit}"
        );
    }
}
