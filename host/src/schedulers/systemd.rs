//! systemd: a service, and timers that start, freeze and thaw it.

use super::{Change, File, Order, utc};

/// The unit files, to be copied to `/etc/systemd/system` or
/// `~/.config/systemd/user`; then `systemctl start` every timer.
#[must_use]
pub fn systemd(order: &Order<'_>) -> Vec<File> {
    let name = order.name;
    let command: Vec<String> = order.command.iter().map(|word| escaped(word)).collect();
    let mut files = vec![File {
        name: format!("{name}.service"),
        text: format!(
            "[Unit]\nDescription={name}, in the hours of a plan by wattcast\n\n\
             [Service]\nType=exec\nExecStart=/usr/bin/env {}\n",
            command.join(" ")
        ),
    }];
    for (change, word, action) in [
        (Change::Start, "start", ""),
        (Change::Pause, "pause", "freeze"),
        (Change::Resume, "resume", "thaw"),
    ] {
        let moments = order.changes().into_iter().filter(|(_, is)| *is == change);
        let calendar: Vec<String> =
            moments.map(|(at, _)| utc(at, "OnCalendar=%Y-%m-%d %H:%M:%S UTC\n")).collect();
        if calendar.is_empty() {
            continue;
        }
        let unit = match change {
            Change::Start => format!("{name}.service"),
            Change::Pause | Change::Resume => {
                let unit = format!("{name}-{word}.service");
                files.push(File {
                    name: unit.clone(),
                    text: format!(
                        "[Unit]\nDescription={word} {name}\n\n[Service]\nType=oneshot\n\
                         ExecStart=/usr/bin/env systemctl {action} {name}.service\n"
                    ),
                });
                unit
            }
        };
        files.push(File {
            name: format!("{name}-{word}.timer"),
            text: format!(
                "[Unit]\nDescription={word} {name} as planned\n\n[Timer]\n{}AccuracySec=1s\n\
                 Persistent={}\nUnit={unit}\n\n[Install]\nWantedBy=timers.target\n",
                calendar.concat(),
                // A start that was slept through is made up for; a pause is not.
                change == Change::Start,
            ),
        });
    }
    files
}

/// A word of `ExecStart=`.
fn escaped(word: &str) -> String {
    let mut text = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '%' | '$' => text.extend([c, c]),
            '\n' => text.push_str("\\n"),
            c => text.push(c),
        }
    }
    text + "\""
}
