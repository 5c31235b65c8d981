//! Facts about the machine and the source, for reports.

use std::process::Command;

use crate::result::Host;

/// The machine this process runs on.
pub(crate) fn facts() -> Host {
    Host {
        cpu: cpu(),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        memory_bytes: memory_bytes(),
        os: os(),
        target_features: target_features(),
    }
}

/// Model name of the processor, or the architecture where the system does not say.
fn cpu() -> String {
    std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Name of the operating system, with the version of its kernel where it says so.
fn os() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} {}", std::env::consts::OS, release.trim())
        .trim()
        .to_owned()
}

/// The vector and hash extensions that the kernels choose by when compiled.
fn target_features() -> Vec<String> {
    [
        ("avx2", cfg!(target_feature = "avx2")),
        ("avx512f", cfg!(target_feature = "avx512f")),
        ("avx512ifma", cfg!(target_feature = "avx512ifma")),
        ("bmi2", cfg!(target_feature = "bmi2")),
        ("neon", cfg!(target_feature = "neon")),
        ("sha", cfg!(target_feature = "sha")),
    ]
    .into_iter()
    .filter(|(_, compiled)| *compiled)
    .map(|(name, _)| name.to_owned())
    .collect()
}

/// Memory of the machine in bytes; `None` where the system does not say.
fn memory_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// The commit of the source: set at build time in `BLINDPROOF_GIT_COMMIT`, or asked of git, with `-dirty` when files
/// differ from it; `unknown` where neither says.
pub(crate) fn git_commit() -> String {
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
        let host = facts();
        assert!(!host.cpu.is_empty() && host.os.starts_with(std::env::consts::OS));
        assert!(host.cores >= 1);
        assert!(host.memory_bytes.is_none_or(|bytes| bytes > 1 << 20));
        let commit = git_commit();
        let digits = commit.trim_end_matches("-dirty");
        assert!(
            commit == "unknown" || digits.chars().all(|c| c.is_ascii_hexdigit()),
            "{commit}"
        );
    }
}
