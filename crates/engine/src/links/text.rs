//! A link in writing: what stands behind the `#` of its URL, or the room's number and six words, to be said.

use e2ee::{
    device_link::DeviceCode,
    ids::{AccountId, LinkId},
    link::{Link, LinkError, LinkSecret},
    shared_key::SharedLink,
    spoken::{SpokenLink, SpokenLinkError},
};
use protocol::{error::ErrorCode, ids::RoomId, pin::Pin};

use super::OwnLink;
use crate::{
    api::{Failure, LinkText},
    convert,
};

/// Digits that are said in one breath.
const GROUP: usize = 4;

/// What a link tells its holder.
pub(crate) struct LinkKey {
    pub(crate) room: RoomId,
    pub(crate) id: LinkId,
    pub(crate) secret: LinkSecret,
    /// Who made it; words do not say.
    pub(crate) creator: Option<AccountId>,
}

impl LinkKey {
    /// Reads either form.
    pub(crate) fn read(text: &LinkText) -> Result<Self, Failure> {
        let text = text.expose().trim();
        if text.contains(|c: char| c.is_whitespace()) {
            return Self::heard(text);
        }
        let link = match Link::parse(text) {
            Ok(link) => link,
            Err(LinkError::Kind(_)) if DeviceCode::parse(text).is_ok() => {
                return Err(wrong(
                    "That is the code of a new device, not a link into a room. Nobody was let in.",
                ));
            }
            Err(_) if SharedLink::parse(text).is_ok() => {
                return Err(wrong(
                    "That link leads into a room of basic encryption, which asks for its passphrase.",
                ));
            }
            Err(_) => return Err(ErrorCode::BadLink.into()),
        };
        let room = RoomId::new(link.room.get()).map_err(|_| ErrorCode::BadLink)?;
        Ok(Self {
            room,
            id: link.id,
            secret: link.secret,
            creator: Some(link.creator),
        })
    }

    fn heard(text: &str) -> Result<Self, Failure> {
        let (room, words) = said(text)?;
        let (id, secret) = words.stretch(convert::room(room));
        Ok(Self {
            room,
            id,
            secret,
            creator: None,
        })
    }
}

/// The digits of the room first, in groups or not; then the words.
pub(crate) fn said(text: &str) -> Result<(RoomId, SpokenLink), Failure> {
    let digits = |c: char| c.is_ascii_digit() || c.is_whitespace();
    let words = text.trim_start_matches(digits);
    let number = text.strip_suffix(words).unwrap_or_default();
    let number: String = number.chars().filter(char::is_ascii_digit).collect();
    let room = number.parse().ok().and_then(|room| RoomId::new(room).ok());
    let room = room.ok_or_else(|| wrong("A spoken link begins with the room's number."))?;
    Ok((room, SpokenLink::parse(words).map_err(misheard)?))
}

impl LinkText {
    /// Pins of the server's TLS keys that the link carries; none in words, and where the server names none.
    pub fn server_pins(&self) -> Vec<Pin> {
        let link = Link::parse(self.expose().trim());
        let pins = link.map_or_else(|_| Vec::new(), |link| link.pins);
        pins.into_iter().map(Pin::from_bytes).collect()
    }
}

impl OwnLink {
    /// The link as its maker hands it on.
    pub(super) fn text(
        &self,
        room: RoomId,
        id: LinkId,
        creator: AccountId,
        pins: &[Pin],
    ) -> Option<LinkText> {
        let secret = self.secret.as_ref()?;
        if let Some(words) = &self.words {
            let digits = room.get().to_string();
            let mut text = String::new();
            for (place, digit) in digits.chars().enumerate() {
                if place > 0 && place % GROUP == 0 {
                    text.push(' ');
                }
                text.push(digit);
            }
            text.push(' ');
            text.push_str(&words.to_text());
            return Some(LinkText::new(text));
        }
        let link = Link {
            room: convert::room(room),
            id,
            secret: secret.duplicate(),
            creator,
            pins: pins.iter().map(|pin| *pin.as_bytes()).collect(),
        };
        let text = link.to_fragment()?;
        Some(LinkText::new(text.to_string()))
    }
}

fn misheard(error: SpokenLinkError) -> Failure {
    wrong(match error {
        SpokenLinkError::Count => "A spoken link has six words after the room's number.",
        SpokenLinkError::Word(_) => {
            "One of the words does not occur in spoken links. Listen again."
        }
        SpokenLinkError::Checksum => {
            "One of the words was misheard, or two were swapped. Listen again."
        }
    })
}

fn wrong(sentence: &str) -> Failure {
    Failure {
        code: ErrorCode::BadLink,
        sentence: sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use e2ee::secret::Secret;

    use super::*;
    use crate::links::LinkStage;

    fn own(words: Option<SpokenLink>, secret: LinkSecret) -> OwnLink {
        OwnLink {
            secret: Some(secret),
            words,
            label: String::new(),
            expires: None,
            uses: None,
            stage: LinkStage::Live,
            sealed: None,
            sealing: None,
        }
    }

    fn said() -> (RoomId, LinkText) {
        let room = RoomId::new(5_923_480_172_364_801).unwrap();
        let words = SpokenLink::from_secret(Secret::from_bytes(&[7; 10]));
        let (id, secret) = words.stretch(convert::room(room));
        let text = own(Some(words), secret).text(room, id, [1; 16].into(), &[]);
        (room, text.unwrap())
    }

    #[test]
    fn both_forms_are_read_as_they_were_written() {
        let (room, text) = said();
        assert!(text.expose().starts_with("5923 4801 7236 4801 "));
        let heard = LinkKey::read(&text).unwrap();
        assert_eq!((heard.room, heard.creator), (room, None));

        let link = own(None, heard.secret.duplicate());
        let creator = AccountId::from([1; 16]);
        let pins = [Pin::from_bytes([9; 32])];
        let text = link.text(room, heard.id, creator, &pins).unwrap();
        assert_eq!(text.server_pins(), pins);
        let written = LinkKey::read(&text).unwrap();
        assert_eq!((written.room, written.creator), (room, Some(creator)));
        assert_eq!(written.id, heard.id);
        assert!(written.secret.as_secret().same_as(heard.secret.as_secret()));
    }

    #[test]
    fn what_was_misheard_is_said() {
        let (_, text) = said();
        let words = text
            .expose()
            .trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let sentence = |text: String| {
            let failure = LinkKey::read(&LinkText::new(text)).err().unwrap();
            assert_eq!(failure.code, ErrorCode::BadLink);
            failure.sentence
        };
        assert!(sentence(words.to_owned()).contains("room's number"));
        assert!(sentence(format!("0 {words}")).contains("room's number"));
        assert!(sentence(format!("7 {words} lusab")).contains("six words"));
        assert!(sentence(format!("7 {}", words.replace('a', "x"))).contains("does not occur"));
        let other = SpokenLink::from_secret(Secret::from_bytes(&[8; 10])).to_text();
        let (_, rest) = words.split_once(' ').unwrap();
        let first = other.split(' ').next().unwrap();
        assert!(sentence(format!("7 {first} {rest}")).contains("misheard"));
        assert_eq!(
            sentence("nonsense".to_owned()),
            ErrorCode::BadLink.sentence()
        );
    }
}
