//! The architecture, checked: which crate may know which, and what a protocol folder holds.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace")
        .to_owned()
}

#[test]
fn crates_depend_only_in_one_direction() {
    for (name, allowed) in [
        ("fhe", vec![]),
        ("zk", vec![]),
        ("bridge", vec!["fhe", "zk"]),
        ("experiments", vec!["fhe", "zk", "bridge"]),
        ("benches", vec!["fhe", "zk", "bridge", "experiments"]),
    ] {
        let manifest =
            fs::read_to_string(workspace().join(name).join("Cargo.toml")).expect("a manifest");
        for other in ["fhe", "zk", "bridge", "experiments", "benches"] {
            // Tests of a crate turn on features of the crate itself.
            if other == name {
                continue;
            }
            let depends = manifest
                .lines()
                .any(|line| line.starts_with(&format!("blindproof-{other}")));
            assert!(
                !depends || allowed.contains(&other),
                "{name} must not depend on {other}"
            );
        }
    }
}

/// Fixed seeds and test kits are behind features whose names say so, and nothing turns these on by default.
#[test]
fn what_is_insecure_is_a_feature_that_is_off() {
    let read = |path: &str| fs::read_to_string(workspace().join(path)).expect("a file");
    for (manifest, feature) in [
        ("fhe/Cargo.toml", "insecure-deterministic"),
        ("zk/Cargo.toml", "insecure-testkit"),
    ] {
        let text = read(manifest);
        assert!(text.contains(&format!("{feature} = []")), "{manifest}");
        assert!(!text.contains("default = ["), "{manifest}");
    }
    let shared = read("Cargo.toml");
    for line in shared
        .lines()
        .filter(|line| line.starts_with("blindproof-"))
    {
        assert!(!line.contains("features"), "{line}");
    }
    // What bridge itself is built with; its tests may have more.
    let bridge = read("bridge/Cargo.toml");
    let (dependencies, _) = bridge.split_once("[dev-dependencies]").expect("a section");
    assert!(!dependencies.contains("insecure"));
    let seeds = read("fhe/src/keys/seed.rs");
    let (before, _) = seeds
        .split_once("pub fn reproducible")
        .expect("the constructor");
    let last = before.trim_end().lines().last().expect("a line");
    assert_eq!(
        last.trim(),
        r#"#[cfg(any(test, feature = "insecure-deterministic"))]"#
    );
    let transcript = read("zk/src/transcript/mod.rs");
    assert!(
        transcript.contains("#[cfg(any(test, feature = \"insecure-testkit\"))]\npub mod audit;")
    );
}

/// Verifiers do not index, convert silently or compute unchecked, and do not unwrap.
#[test]
fn every_verifier_has_the_lints() {
    let mut found = Vec::new();
    for folder in ["zk/src", "bridge/src"] {
        protocols(&workspace().join(folder), &mut found);
    }
    assert!(found.len() >= 10);
    for folder in found {
        let text = fs::read_to_string(folder.join("verifier.rs")).expect("a verifier");
        for lint in [
            "indexing_slicing",
            "as_conversions",
            "arithmetic_side_effects",
            "unwrap_used",
            "expect_used",
            "panic",
        ] {
            let denied = text.contains(&format!("clippy::{lint}"));
            assert!(denied, "{}: {lint}", folder.display());
        }
    }
}

/// Folders below `folder` that hold a `verifier.rs`.
fn protocols(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("verifier.rs").exists() {
        found.push(folder.to_owned());
    }
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            protocols(&path, found);
        }
    }
}

#[test]
fn every_protocol_folder_has_its_text_prover_verifier_and_tests() {
    let headings = [
        "Claim",
        "Notation",
        "Protocol",
        "Checks",
        "Left to the caller",
        "Soundness",
        "Zero knowledge",
        "Cost",
        "References",
    ];
    let mut folders = Vec::new();
    for name in ["zk/src", "bridge/src"] {
        protocols(&workspace().join(name), &mut folders);
    }
    // Linear, key switch, modulus switch, split, whole proof; sumcheck, GKR, argument.
    assert!(folders.len() >= 8, "{folders:?}");
    for folder in folders
        .iter()
        .filter(|folder| !folder.ends_with("transcript"))
    {
        let text = fs::read_to_string(folder.join("mod.rs")).expect("a module");
        for heading in headings {
            let found =
                text.contains(&format!("# {heading}")) || text.contains(&format!("**{heading}"));
            assert!(found, "{}: no heading {heading}", folder.display());
        }
        assert!(folder.join("prover.rs").exists(), "{}", folder.display());
        assert!(
            folder.join("tests.rs").exists() || folder.join("tests").is_dir(),
            "{}",
            folder.display()
        );
    }
}
