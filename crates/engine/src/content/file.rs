//! A file in a message: blob id, key, count of chunks, length, hash, name, media type, thumbnail (PROTOCOL section 7).

use e2ee::codec::{CodecError, Reader, Writer};
use protocol::{error::ErrorCode, ids::BlobId};

use crate::api::{FILE_NAME_MAX, FileContent, FileSecret, MEDIA_TYPE_MAX, THUMBNAIL_MAX};

/// The bytes, if name, type and thumbnail are within their limits.
pub(super) fn encode(file: &FileContent) -> Result<Vec<u8>, ErrorCode> {
    let layout = file.layout().ok_or(ErrorCode::TooLarge)?;
    let named = !file.name.trim().is_empty() && file.name.len() <= FILE_NAME_MAX;
    if !named || file.media_type.len() > MEDIA_TYPE_MAX || file.thumbnail.len() > THUMBNAIL_MAX {
        return Err(ErrorCode::BadContent);
    }
    let mut writer = Writer::with_capacity(512 + file.thumbnail.len());
    writer.fixed(file.blob.as_bytes());
    writer.fixed(file.key.expose());
    writer.u32(layout.chunks());
    writer.u64(file.length);
    writer.fixed(&file.hash);
    writer.vec(file.name.as_bytes());
    writer.vec(file.media_type.as_bytes());
    writer.vec(&file.thumbnail);
    Ok(writer.finish())
}

/// The file; none if the bytes are of another form. Bytes behind the last field belong to newer versions.
pub(super) fn decode(bytes: &[u8]) -> Option<FileContent> {
    let mut reader = Reader::new(bytes);
    let (file, chunks) = read(&mut reader).ok()?;
    (file.layout()?.chunks() == chunks).then_some(file)
}

fn read(reader: &mut Reader<'_>) -> Result<(FileContent, u32), CodecError> {
    let blob = BlobId::from_bytes(reader.array()?);
    let key = FileSecret::from_bytes(&reader.array()?);
    let chunks = reader.u32()?;
    let file = FileContent {
        blob,
        key,
        length: reader.u64()?,
        hash: reader.array()?,
        name: text(reader, FILE_NAME_MAX)?,
        media_type: text(reader, MEDIA_TYPE_MAX)?,
        thumbnail: reader.vec(THUMBNAIL_MAX)?.to_vec(),
    };
    Ok((file, chunks))
}

fn text(reader: &mut Reader<'_>, max: usize) -> Result<String, CodecError> {
    let text = std::str::from_utf8(reader.vec(max)?);
    text.map(str::to_owned).map_err(|_| CodecError::BadValue)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn file() -> FileContent {
        FileContent {
            blob: BlobId::from_bytes([1; 16]),
            key: FileSecret::from_bytes(&[2; 32]),
            hash: [3; 32],
            length: 100_000_000,
            name: "Müller/../x.pdf".into(),
            media_type: "application/pdf".into(),
            thumbnail: vec![4; THUMBNAIL_MAX],
        }
    }

    #[test]
    fn a_file_survives() {
        let bytes = encode(&file()).unwrap();
        assert_eq!(decode(&bytes), Some(file()));
        let newer = [bytes.as_slice(), b"more"].concat();
        assert_eq!(decode(&newer), Some(file()));
        assert!((0..bytes.len()).all(|len| decode(&bytes[..len]).is_none()));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |change: &dyn Fn(&mut FileContent)| {
            let mut file = file();
            change(&mut file);
            encode(&file).unwrap_err()
        };
        let long = "x".repeat(FILE_NAME_MAX + 1);
        for name in ["", " ", &long] {
            assert_eq!(
                refused(&|file| file.name = name.into()),
                ErrorCode::BadContent
            );
        }
        assert_eq!(
            refused(&|file| file.thumbnail.push(0)),
            ErrorCode::BadContent
        );
        assert_eq!(refused(&|file| file.length = u64::MAX), ErrorCode::TooLarge);
    }

    #[test]
    fn a_count_that_the_length_does_not_make_is_malformed() {
        let mut bytes = encode(&file()).unwrap();
        bytes[51] ^= 1;
        assert_eq!(decode(&bytes), None);
    }
}
