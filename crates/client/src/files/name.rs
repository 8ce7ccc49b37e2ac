//! A name that a file system and a person can take.

/// The longest name that is made, in bytes.
const NAME_MAX: usize = 180;

/// What Windows takes for a device, with one digit or none, whatever follows the dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The name that a sender gave to a file, without whatever could lead it elsewhere or make it look like something else:
/// no directories, no leading dot, no control characters, nothing that turns the direction of text.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|character| is_plain(*character))
        .collect();
    // What it is judged by is what is left of it.
    let kept = shortened(kept.trim_matches(['.', ' ']));
    if kept.is_empty() {
        return "file".to_owned();
    }
    let stem = kept.split('.').next().unwrap_or_default();
    let stem = stem.to_ascii_lowercase();
    let stem = stem.trim_end();
    let is_digit = |character: char| matches!(character, '0'..='9' | '¹' | '²' | '³');
    let device = stem.strip_suffix(is_digit).unwrap_or(stem);
    if DEVICES.contains(&device) {
        return shortened(&format!("_{kept}"));
    }
    kept
}

fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character, ':' | '*' | '?' | '"' | '<' | '>' | '|')
        && !matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The ending survives, since it says what opens the file.
fn shortened(name: &str) -> String {
    if name.len() <= NAME_MAX {
        return name.to_owned();
    }
    let ending = name.rfind('.').map(|at| &name[at..]);
    let ending = ending
        .filter(|ending| ending.len() <= 16)
        .unwrap_or_default();
    let mut end = NAME_MAX - ending.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    // A cut may fall behind what no name ends with.
    format!("{}{ending}", name[..end].trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for (given, made) in [
            ("report.pdf", "report.pdf"),
            ("Grüße 你好.txt", "Grüße 你好.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system.ini", "system.ini"),
            ("/", "file"),
            ("..", "file"),
            (".bashrc", "bashrc"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\0b\nc\u{1b}[2J.txt", "abc[2J.txt"),
            ("con.txt", "_con.txt"),
            ("LPT1", "_LPT1"),
            ("com³.log", "_com³.log"),
            ("nul .txt", "_nul .txt"),
            ("com10.txt", "com10.txt"),
            ("console.log", "console.log"),
            ("what? \"is\" <this>", "what is this"),
            ("trailing. . ", "trailing"),
        ] {
            assert_eq!(safe_name(given), made);
        }
        let long = format!("{}.tar", "ü".repeat(300));
        let made = safe_name(&long);
        assert!(made.len() <= NAME_MAX && made.ends_with("ü.tar"), "{made}");
        let [letters, more] = ["x", "y"].map(|letter| letter.repeat(NAME_MAX - 2));
        assert_eq!(safe_name(&format!("{letters}. {more}")), letters);
        let long = format!("con{}x", " ".repeat(NAME_MAX));
        assert_eq!(safe_name(&long), "_con");
        // No device, and none by being cut.
        let long = format!("nul{}=", "5".repeat(NAME_MAX));
        assert_eq!(safe_name(&safe_name(&long)), safe_name(&long));
    }
}
