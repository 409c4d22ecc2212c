//! The child as a process, with the allocator of the server, which reserves much address space.
//!
//! This file is its own harness, because it starts itself as the child.

use std::borrow::Cow;
use std::error::Error;
use std::fs::read_to_string;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use light::frame::{Progress, Reader, decode};
use light::{Limits, child, make};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The argument that makes this the child.
const AS_CHILD: &str = "light";
/// How long the test waits for what the child does at once. The machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// What is checked, and how.
type Test = (&'static str, fn() -> Result);

/// What a child that has ended leaves behind.
struct Ended {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(AS_CHILD) {
        return child::run();
    }
    let tests: [Test; 6] = [
        ("it_answers_as_it_would_in_this_process", it_answers_as_it_would_in_this_process),
        ("it_has_enough_memory_for_the_largest_gif", it_has_enough_memory_for_the_largest_gif),
        ("of_what_is_no_gif_it_says_nothing", of_what_is_no_gif_it_says_nothing),
        ("it_reads_no_more_than_it_may", it_reads_no_more_than_it_may),
        ("it_is_confined_before_it_reads", it_is_confined_before_it_reads),
        ("when_it_is_killed_its_first_message_is_good", when_it_is_killed_its_first_message_is_good),
    ];
    let mut failed = 0;
    for (name, test) in tests {
        match test() {
            Ok(()) => println!("test {name} ... ok"),
            Err(error) => {
                failed += 1;
                println!("test {name} ... FAILED: {error}");
            }
        }
    }
    // (The words are those of the usual harness, which programs that count tests read.)
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {result}. {} passed; {failed} failed;", tests.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Fails with `text` unless `is_so`.
fn check(is_so: bool, text: impl Into<String>) -> Result {
    if is_so { Ok(()) } else { Err(text.into().into()) }
}

/// A GIF whose frames cover the canvas, each in other colours. After each frame, what it covered is restored.
fn gif(width: u16, height: u16, frames: u16) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let table: Vec<u8> = (0..=255).flat_map(|value: u8| [value, value / 2, 255 - value]).collect();
    let mut encoder = Encoder::new(&mut bytes, width, height, &table)?;
    encoder.set_repeat(Repeat::Infinite)?;
    for time in 0..frames {
        let row =
            |y: u16| (0..width).map(move |x| ((x / 8).wrapping_mul(y / 8 + 1).wrapping_add(time * 40) % 256) as u8);
        let buffer = Cow::Owned((0..height).flat_map(row).collect());
        let dispose = DisposalMethod::Previous;
        encoder.write_frame(&Frame { width, height, delay: 10, dispose, buffer, ..Frame::default() })?;
    }
    drop(encoder);
    Ok(bytes)
}

fn start() -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .env_clear()
        .envs(child::ENVIRONMENT)
        .arg(AS_CHILD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// What becomes of a child that is given `gif`.
fn answer(gif: &[u8]) -> Result<Ended> {
    let mut child = start()?;
    // A child that has read enough closes the pipe.
    let _ = child.stdin.take().ok_or("it has a stdin")?.write_all(gif);
    let output = child.wait_with_output()?;
    Ok(Ended { code: output.status.code(), stdout: output.stdout, stderr: output.stderr })
}

fn it_answers_as_it_would_in_this_process() -> Result {
    let gif = gif(300, 200, 4)?;
    let Ended { code, stdout, stderr } = answer(&gif)?;
    check(code == Some(0) && stderr.is_empty(), format!("it exits with {code:?}"))?;
    let made = decode(&stdout, gif.len())?;
    check(made.still.is_some() && made.light.is_some() && made.flashes.is_some(), "something is missing")?;
    check(made == make(&gif, &Limits::default())?, "it differs")
}

fn it_has_enough_memory_for_the_largest_gif() -> Result {
    for (width, height) in [(2048, 2048), (1024, 4096), (4096, 1024)] {
        let gif = gif(width, height, 5)?;
        let Ended { code, stdout, .. } = answer(&gif)?;
        check(code == Some(0), format!("{width} × {height}: it exits with {code:?}"))?;
        let made = decode(&stdout, gif.len())?;
        check(made.still.is_some() && made.flashes.is_some(), format!("{width} × {height}: something is missing"))?;
    }
    Ok(())
}

fn of_what_is_no_gif_it_says_nothing() -> Result {
    let cut = gif(50, 50, 2)?;
    for bytes in [&b""[..], b"GIF89a", b"no GIF", &cut[..cut.len() / 2]] {
        let Ended { code, stdout, stderr } = answer(bytes)?;
        check(code == Some(1), format!("it exits with {code:?}"))?;
        check(stdout.is_empty() && stderr.is_empty(), "it says something")?;
    }
    Ok(())
}

fn it_reads_no_more_than_it_may() -> Result {
    let mut bytes = gif(50, 50, 2)?;
    bytes.resize(child::MAX_GIF + 1, 0);
    let Ended { code, stdout, .. } = answer(&bytes)?;
    check(code == Some(1) && stdout.is_empty(), format!("it exits with {code:?}"))?;
    bytes.pop();
    let Ended { code, .. } = answer(&bytes)?;
    check(code == Some(0), format!("of one byte less it exits with {code:?}"))
}

fn it_is_confined_before_it_reads() -> Result {
    let mut child = start()?;
    let (limits, stat) = (format!("/proc/{}/limits", child.id()), format!("/proc/{}/stat", child.id()));
    let begun = Instant::now();
    let limit = |name: &str| -> Result<String> {
        let limits = read_to_string(&limits)?;
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).ok_or("there is no such limit")?;
        Ok(line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
    };
    // The number of open files is limited last. Then the child waits for its GIF.
    while limit("Max open files")? != "3 3" {
        check(begun.elapsed() < PATIENCE, "it is not confined")?;
        sleep(Duration::from_millis(5));
    }
    check(limit("Max cpu time")? == "15 15", "CPU time")?;
    check(limit("Max core file size")? == "0 0", "core files")?;
    check(limit("Max processes")? == "0 0", "processes")?;
    check(limit("Max file size")? == "0 0", "files")?;
    let space = limit("Max address space")?;
    let bytes: u64 = space.split(' ').next().unwrap_or_default().parse()?;
    check(bytes < 600 << 20, format!("it has {bytes} bytes of address space"))?;
    let stat = read_to_string(stat)?;
    // The nineteenth field; the second one is a name in brackets.
    let nice = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(16));
    check(nice == Some("19"), format!("its priority is {nice:?}"))?;
    drop(child.stdin.take());
    check(child.wait()?.code() == Some(1), "nothing is no GIF")
}

fn when_it_is_killed_its_first_message_is_good() -> Result {
    let gif = gif(640, 640, 30)?;
    let mut child = start()?;
    child.stdin.take().ok_or("it has a stdin")?.write_all(&gif)?;
    let mut stdout = child.stdout.take().ok_or("it has a stdout")?;
    let mut reader = Reader::new(gif.len());
    let mut bytes = [0; 512];
    while reader.push(&[])? == Progress::Begun {
        let read = stdout.read(&mut bytes)?;
        check(read > 0, "it ended before its first message")?;
        reader.push(bytes.get(..read).ok_or("it read no more than there was room for")?)?;
    }
    child.kill()?;
    child.wait()?;
    let made = reader.made();
    check(made.still.is_some() && made.flashes.is_some(), "something is missing")
}
