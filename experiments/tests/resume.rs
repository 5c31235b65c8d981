//! A prover that is killed at any moment loses no finished part and leaves nothing that could be taken for a proof.

mod common;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Session, code, positions, stderr};

/// How often the prover is killed.
const KILLS: usize = 24;
/// Images: enough blind rotations for a proof of some seconds.
const IMAGES: usize = 96;

/// Starts `prove` in a session.
fn start(session: &Session) -> Child {
    let path = |name: &str| session.file(name).display().to_string();
    Command::new(env!("CARGO_BIN_EXE_blindproof"))
        .args(["prove", "--dir", &session.path().display().to_string()])
        .args(["--model", &path("model.json"), "--work", &path("work")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts")
}

/// Names of what is in a folder.
fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_killed_prover_goes_on() {
    let session = Session::new();
    let pixels: String = positions(4 * IMAGES, 17, 5)
        .chunks(4)
        .map(|image| {
            let pixels: Vec<String> = image.iter().map(usize::to_string).collect();
            pixels.join(",") + "\n"
        })
        .collect();
    std::fs::write(session.file("pixels.csv"), pixels).unwrap();
    for role in ["keygen", "encrypt", "evaluate"] {
        session.succeed(role, &[]);
    }
    // An undisturbed proof says how long one takes; corrected below when the machine gets slower or faster.
    let began = Instant::now();
    assert!(start(&session).wait().unwrap().success());
    let mut whole = began.elapsed();
    assert_eq!(session.verify(), 0);
    let proof = std::fs::read(session.file("proof")).unwrap();
    std::fs::remove_file(session.file("proof")).unwrap();
    std::fs::remove_file(session.file("statement")).unwrap();

    let mut killed = 0;
    let mut resumed = 0;
    let moments = positions(8 * KILLS, 1000, 9);
    for permille in moments {
        if killed == KILLS {
            break;
        }
        let before = names(&session.file("work"));
        let made = |name: &String| {
            let part = session.file("work").join(name).metadata();
            part.and_then(|part| part.modified()).ok()
        };
        let times: Vec<_> = before.iter().map(made).collect();
        resumed += usize::from(before.iter().any(|name| name.ends_with(".part")));
        let mut child = start(&session);
        std::thread::sleep(
            whole
                .mul_f64(permille as f64 / 1000.0)
                .max(Duration::from_millis(1)),
        );
        // SIGKILL; fails only if the child has ended by itself.
        let _ = child.kill();
        if child.wait().unwrap().success() {
            // It was faster than the clock: a whole proof, and nothing else.
            assert_eq!(session.verify(), 0);
            assert!(!session.file("work").exists());
            std::fs::remove_file(session.file("proof")).unwrap();
            std::fs::remove_file(session.file("statement")).unwrap();
            whole = whole.mul_f64(0.8);
            continue;
        }
        killed += 1;
        let finished = |name: &String| name.ends_with(".part");
        if !names(&session.file("work")).iter().any(finished) {
            whole = whole.mul_f64(1.25);
        }
        // Either both files were finished, and the proof holds, or the verifier has nothing to accept.
        let output = session.role("verify", &[]);
        match session.file("proof").exists() {
            true => assert_eq!(code(&output), 0, "{}", stderr(&output)),
            false => assert_eq!(code(&output), 2, "{}", stderr(&output)),
        }
        // Finished parts are there still, and were not made again.
        let after: Vec<_> = before.iter().map(made).collect();
        for ((name, before), after) in before.iter().zip(times).zip(after) {
            let done = session.file("proof").exists();
            assert!(
                done || !name.ends_with(".part") || before == after,
                "{name}"
            );
        }
    }
    assert!(killed >= 20, "only {killed} provers were killed");
    assert!(resumed >= 10, "only {resumed} provers found finished parts");

    // Parts that were damaged meanwhile are made again.
    let mut child = start(&session);
    std::thread::sleep(whole.mul_f64(0.7));
    let _ = child.kill();
    child.wait().unwrap();
    for name in names(&session.file("work")).iter().step_by(2) {
        session.change(&format!("work/{name}"), |bytes| {
            let middle = bytes.len() / 2;
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
            }
        });
    }
    assert!(start(&session).wait().unwrap().success());
    assert_eq!(session.verify(), 0);
    assert_eq!(
        std::fs::read(session.file("proof")).unwrap(),
        proof,
        "the same proof as without any kill"
    );
    assert!(!session.file("work").exists(), "nothing is left over");
}
