//! Settings of the system's allocator.
//!
//! A prover takes and frees buffers of hundreds of megabytes at every step. By default glibc maps each of them anew and
//! gives it back when it is freed, so that every page is zeroed by the kernel again and again: measured, 17.7 of 49
//! CPU-seconds for 32 bootstraps. glibc reads these settings from the environment only when a process starts, hence the
//! restart. `.cargo/config.toml` sets the same for what cargo starts (benchmarks, tests). mimalloc and jemalloc, told to
//! keep memory, were slower here and their peaks higher.

/// Starts this process anew (same process id, same arguments) with an allocator that keeps freed memory, unless the
/// variable is set already. Goes on as it is where that cannot be done: only speed depends on it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_freed_memory() {
    use std::os::unix::process::CommandExt;

    const VARIABLE: &str = "GLIBC_TUNABLES";
    const SETTINGS: &str =
        "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184";

    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let mut command = std::process::Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // Returns only when it fails.
    let _ = command.args(arguments).env(VARIABLE, SETTINGS).exec();
}

/// Nothing to set on this system.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_freed_memory() {}
