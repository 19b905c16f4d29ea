//! What a file is, by its bytes. What a sender calls it is not believed.

/// A media type, and the ending that names of such files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The media type.
    pub mime: &'static str,
    /// The ending, without a dot.
    pub ending: &'static str,
}

/// Nothing is known of it.
const UNKNOWN: Kind = Kind { mime: "application/octet-stream", ending: "bin" };
/// Text of any language.
const TEXT: Kind = Kind { mime: "text/plain", ending: "txt" };
/// Bytes that are looked at to tell text from other things.
const LOOKED_AT: usize = 4_096;

/// What bytes are.
#[must_use]
pub fn of(bytes: &[u8]) -> Kind {
    match infer::get(bytes) {
        // The library has two names for the sound of a film's container; messengers know one.
        Some(found) if found.mime_type() == "audio/m4a" => {
            Kind { mime: "audio/mp4", ending: "m4a" }
        }
        Some(found) => Kind { mime: found.mime_type(), ending: found.extension() },
        None if is_text(bytes) => TEXT,
        None => UNKNOWN,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let is_readable = match std::str::from_utf8(head) {
        Ok(_) => true,
        // Cut inside of a character.
        Err(error) => error.error_len().is_none() && bytes.len() > head.len(),
    };
    !bytes.is_empty()
        && is_readable
        && head.iter().all(|b| !b.is_ascii_control() || matches!(b, b'\n' | b'\r' | b'\t'))
}

/// A file's name with an ending that fits its bytes, and without what could lead anywhere.
#[must_use]
pub fn name(told: &str, kind: Kind) -> String {
    /// Longest name, characters.
    const NAME_CHARS_MAX: usize = 120;
    let base = told.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = base
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*'))
        .take(NAME_CHARS_MAX)
        .collect();
    let safe = safe.trim().trim_start_matches('.').to_owned();
    let ending = safe.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let fits = |ending: &str| {
        ending == kind.ending
            || matches!((kind.ending, ending), ("jpg", "jpeg") | ("ogg", "oga" | "opus"))
            || kind == UNKNOWN
            || kind == TEXT
    };
    match (safe.as_str(), ending) {
        ("", _) => format!("file.{}", kind.ending),
        (_, Some(ending)) if fits(&ending) => safe,
        (_, _) => format!("{safe}.{}", kind.ending),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_bytes() {
        let cases: [(&[u8], &str); 9] = [
            (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
            (b"GIF89a\x01\x00\x01\x00\x80\x00", "image/gif"),
            (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
            (b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00", "audio/ogg"),
            (b"#!AMR\n\x3c\x00\x00\x00\x00\x00\x00", "audio/amr"),
            (b"ID3\x04\x00\x00\x00\x00\x00\x00\x00\x00", "audio/mpeg"),
            ("Просто текст\n".as_bytes(), "text/plain"),
            (b"\x00\x01\x02\x03", "application/octet-stream"),
        ];
        for (bytes, mime) in cases {
            assert_eq!(of(bytes).mime, mime);
        }
        let film = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41";
        assert_eq!(of(film).mime, "video/mp4");
    }

    #[test]
    fn a_name_gets_the_ending_of_its_bytes_and_leads_nowhere() {
        let png = Kind { mime: "image/png", ending: "png" };
        let jpg = Kind { mime: "image/jpeg", ending: "jpg" };
        assert_eq!(name("card.PNG", png), "card.PNG");
        assert_eq!(name("card.jpeg", jpg), "card.jpeg");
        assert_eq!(name("card.exe", png), "card.exe.png");
        assert_eq!(name("../../etc/passwd", png), "passwd.png");
        assert_eq!(name("..\\ночь\n.png", png), "ночь.png");
        assert_eq!(name("", png), "file.png");
    }
}
