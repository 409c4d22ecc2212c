//! Parses the command line.

use std::ffi::OsString;
use std::path::PathBuf;

/// The help text. (The README lists the settings.)
pub const USAGE: &str = "\
usage: gifchat                  serves
       gifchat export FILE      writes everything that is kept to FILE
       gifchat import FILE      adds what FILE holds to what is kept
       gifchat compact          makes the database in DATA_DIR as small as it can be
       gifchat --help | --version

Settings are environment variables; the README lists them. Stop the server before export, import and compact.
An export holds the hashes of passwords and what opens sessions: keep it as safe as the server itself.";

/// A command of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Serve,
    Export(PathBuf),
    Import(PathBuf),
    Compact,
    Help,
    Version,
}

/// The arguments form no known command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}\n{USAGE}")]
pub struct WrongArguments(String);

impl Command {
    /// Parses the arguments after the program's name.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, WrongArguments> {
        let arguments: Vec<_> = arguments.into_iter().collect();
        let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        let file = || arguments.get(1).map(PathBuf::from).unwrap_or_default();
        match words[..] {
            [] => Ok(Command::Serve),
            ["--help" | "-h" | "help"] => Ok(Command::Help),
            ["--version" | "-V"] => Ok(Command::Version),
            ["compact"] => Ok(Command::Compact),
            ["export" | "import", ""] => Err(WrongArguments("FILE is empty".to_owned())),
            ["export" | "import", file] if file.starts_with('-') => {
                Err(WrongArguments(format!("{file} is no FILE (./{file} would be)")))
            }
            ["export", _] => Ok(Command::Export(file())),
            ["import", _] => Ok(Command::Import(file())),
            [command @ ("export" | "import"), ..] => Err(WrongArguments(format!("{command} takes one FILE"))),
            ["compact", ..] => Err(WrongArguments("compact takes nothing more".to_owned())),
            [first, ..] => Err(WrongArguments(format!("unknown: {first}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(arguments: &[&str]) -> Result<Command, WrongArguments> {
        Command::read(arguments.iter().map(OsString::from))
    }

    #[rstest]
    #[case(&[], Command::Serve)]
    #[case(&["--help"], Command::Help)]
    #[case(&["--version"], Command::Version)]
    #[case(&["export", "a file"], Command::Export("a file".into()))]
    #[case(&["compact"], Command::Compact)]
    #[case(&["import", "/tmp/export"], Command::Import("/tmp/export".into()))]
    fn commands(#[case] arguments: &[&str], #[case] command: Command) {
        assert_eq!(read(arguments), Ok(command));
    }

    #[rstest]
    #[case(&["serve"])]
    #[case(&["--port", "80"])]
    #[case(&["export"])]
    #[case(&["export", ""])]
    #[case(&["export", "--force"])]
    #[case(&["import", "a", "b"])]
    #[case(&["compact", "a"])]
    #[case(&["--help", "export"])]
    fn anything_else_is_told_how(#[case] arguments: &[&str]) {
        let told = read(arguments).expect_err("no command").to_string();
        assert!(told.contains("usage: gifchat"), "{told}");
    }
}
