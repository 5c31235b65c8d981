//! Every input that was worth keeping, and every one that ever crashed a fuzz target, again.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn kept_inputs_and_old_crashes_do_no_harm() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (name, target) in targets::TARGETS {
        let kept = inputs(&fuzz.join("corpus").join(name));
        assert!(!kept.is_empty(), "{name} has no inputs");
        for path in kept.iter().chain(&inputs(&fuzz.join("crashes").join(name))) {
            println!("{}", path.display());
            target(&std::fs::read(path).unwrap());
        }
    }
}
