//! What a person wants, handed to the part of the engine that does it.

use protocol::{
    error::ErrorCode,
    ids::{LinkId, RoomId},
    names::UserName,
};

use crate::{
    account::{
        requests::{NewApiToken, Wanted},
        unlock::{Key, read_code},
    },
    api::{CodeText, Command, CommandId, Event, Failure, Outcome, RoomStage},
    content,
    engine::Engine,
    links::NewLink,
    rooms::Room,
    roster::Wish,
    turn::Turn,
};

impl Engine {
    pub(crate) fn command(&mut self, id: CommandId, command: Command, turn: &mut Turn<'_>) {
        match self.answer_at_once(&command) {
            Some(result) => turn.done(id, result),
            None => {
                if let Some(command) = self.obey_shared(id, command, turn) {
                    self.obey(id, command, turn);
                }
            }
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "a table with a line for each command"
    )]
    fn obey(&mut self, id: CommandId, command: Command, turn: &mut Turn<'_>) {
        match command {
            Command::Register {
                user,
                password,
                invite,
            } => self.register(id, user, password, invite, turn),
            Command::Login {
                user,
                password,
                code,
            } => self.log_in(id, user, Key::Password(password), code, turn),
            Command::FirstLogin {
                user,
                password,
                new_password,
            } => self.log_in_first(id, user, (password, new_password), turn),
            Command::LoginByCode {
                user,
                code,
                second_factor,
            } => self.log_in_by_code(id, user, (&code, second_factor), turn),
            Command::OpenDeviceLink => self.open_device_link(id, turn),
            Command::FollowDeviceLink => self.follow_device_link(id, turn),
            Command::EndDeviceLink => self.end_device_link(id, turn),
            Command::AnswerDevice {
                code,
                password,
                second_factor,
            } => self.answer_device(id, &code, (password, second_factor), turn),
            Command::ConfirmNumber { number } => self.confirm_number(id, &number, turn),
            Command::Sessions => self.ask_of_account(id, Wanted::Sessions, None, turn),
            Command::EndSession { session } => {
                self.ask_of_account(id, Wanted::EndSession(session), None, turn);
            }
            Command::EndOtherSessions => {
                self.ask_of_account(id, Wanted::EndOtherSessions, None, turn)
            }
            Command::SecondFactor => self.ask_of_account(id, Wanted::SecondFactor, None, turn),
            Command::Enrol { password } => {
                self.ask_of_account(id, Wanted::Enrol, Some(password), turn)
            }
            Command::ConfirmEnrolment { code } => {
                self.ask_of_account(id, Wanted::Confirm(code.shown()), None, turn);
            }
            Command::RemoveSecondFactor { password, code } => {
                self.ask_of_account(id, Wanted::Remove(code.shown()), Some(password), turn);
            }
            Command::NewBackupCodes { password, code } => {
                self.ask_of_account(id, Wanted::BackupCodes(code.shown()), Some(password), turn);
            }
            Command::ProvePassword { password } => {
                self.ask_of_account(id, Wanted::Prove, Some(password), turn);
            }
            Command::Passkeys => self.ask_of_account(id, Wanted::Passkeys, None, turn),
            Command::RemovePasskey {
                passkey,
                password,
                code,
            } => {
                let wanted = Wanted::RemovePasskey(passkey, code.shown());
                self.ask_of_account(id, wanted, Some(password), turn);
            }
            Command::ApiTokens => self.ask_of_account(id, Wanted::ApiTokens, None, turn),
            Command::MakeApiToken {
                password,
                code,
                name,
                scopes,
                lasts_ms,
            } => {
                let new = NewApiToken {
                    name,
                    scopes,
                    lasts_ms,
                    code: code.map(|code| code.shown()),
                };
                self.ask_of_account(id, Wanted::MakeApiToken(new), Some(password), turn);
            }
            Command::EndApiToken { token } => {
                self.ask_of_account(id, Wanted::EndApiToken(token), None, turn);
            }
            Command::DeleteAccount {
                unlock,
                second_factor,
                at_once,
            } => self.delete_account(id, (unlock, second_factor), at_once, turn),
            Command::Logout => self.log_out(id, turn),
            Command::Devices => self.list_devices(id, turn),
            Command::AcknowledgeDevices { devices } => {
                self.acknowledge_devices(id, &devices, turn);
            }
            Command::TestRecoveryCode { code } => self.test_recovery_code(id, &code, turn),
            Command::RevokeDevices { devices, unlock } => {
                self.revoke_devices(id, devices, &unlock, turn);
            }
            Command::ChangePassword {
                unlock,
                password,
                others,
                second_factor,
            } => self.change_password(id, (unlock, second_factor), (password, others), turn),
            Command::ReplaceCode {
                unlock,
                second_factor,
            } => self.replace_code(id, (unlock, second_factor), turn),
            Command::Reset => self.ask_of_account(id, Wanted::Reset, None, turn),
            Command::AskReset { second_factor } => {
                let code = second_factor.map(|code| code.shown());
                self.ask_of_account(id, Wanted::AskReset(code), None, turn);
            }
            Command::CancelReset => self.ask_of_account(id, Wanted::CancelReset, None, turn),
            Command::FinishReset {
                password,
                second_factor,
            } => self.finish_reset(id, (password, second_factor), turn),
            Command::CodeKept => self.code_kept(id, turn),
            Command::CreateRoom {
                name,
                topic,
                history,
                ticket,
            } => self.create_room(id, name, topic, (history, ticket), turn),
            Command::CreateSharedKeyRoom { name, passphrase } => {
                self.create_shared(id, &name, passphrase, turn);
            }
            Command::JoinSharedKeyRoom {
                link,
                passphrase,
                anyway,
            } => self.join_shared(id, &link, (&passphrase, anyway), turn),
            Command::Send {
                room,
                content,
                ticket,
            } => self.send(id, room, &content, ticket, turn),
            Command::Retry { room, item } => self.retry(id, room, item, turn),
            Command::KeepTyped { room, text } => self.keep_typed(id, room, text, turn),
            Command::MarkRead { room, seq } => self.mark_read(id, room, seq, turn),
            Command::SetMuted { room, muted } => self.set_muted(id, room, muted, turn),
            Command::Report { room, seq, kept } => self.report(id, (room, seq), kept, turn),
            Command::Accept { room } => self.accept(id, room, turn),
            Command::Decline { room } => self.leave(id, room, true, turn),
            Command::Leave { room } => self.leave(id, room, false, turn),
            Command::Invite { room, user } => self.wish(id, room, Wish::Invite { user }, turn),
            Command::Remove { room, account } => {
                self.wish(id, room, Wish::Remove { account }, turn);
            }
            Command::EditRoom { room, name, topic } => {
                self.wish(id, room, Wish::Edit { name, topic }, turn);
            }
            Command::SetRole {
                room,
                account,
                role,
            } => self.wish(id, room, Wish::SetRole { account, role }, turn),
            Command::CreateLink {
                room,
                label,
                lasts_ms,
                uses,
                spoken,
            } => {
                let expires = lasts_ms.map(|millis| turn.now.plus(millis));
                let new = NewLink {
                    label,
                    expires,
                    uses,
                    spoken,
                };
                self.begin_link(id, room, new, turn);
            }
            Command::Links { room } => self.list_links(id, room, turn),
            Command::EndLink { room, link } => self.begin_end_of_link(id, room, link, turn),
            Command::PreviewLink { link } => self.preview_link(id, &link, turn),
            Command::JoinByLink { link } => self.join_by_link(id, &link, turn),
            Command::SetVerified { account, verified } => {
                self.set_verified(id, account, verified, turn);
            }
            Command::Sync => self.syncing.push(id),
        }
    }

    /// What cannot be done as things are, and what was done before.
    fn answer_at_once(&self, command: &Command) -> Option<Result<Outcome, Failure>> {
        let signs_in = matches!(
            command,
            Command::Register { .. }
                | Command::Login { .. }
                | Command::FirstLogin { .. }
                | Command::LoginByCode { .. }
                | Command::OpenDeviceLink
                | Command::FollowDeviceLink
                | Command::EndDeviceLink
        );
        let at_home = self.home.as_ref().is_some_and(|home| home.is_registered());
        if !signs_in && !at_home {
            return Some(Err(ErrorCode::NotLoggedIn.into()));
        }
        if self.is_deleted() && !matches!(command, Command::DeleteAccount { .. }) {
            return Some(Err(ErrorCode::AccountDeleted.into()));
        }
        // Whoever has to take a newer program does not lose what was typed into this one.
        let goes_on = matches!(command, Command::Logout | Command::KeepTyped { .. });
        if self.upgrade_required && !signs_in && !goes_on {
            return Some(Err(ErrorCode::UpgradeRequired.into()));
        }
        self.ledger.outcome(command.ticket()?).map(Ok)
    }

    /// Answers a command that failed at once; one that did not is answered by whoever finishes it.
    fn begin(
        &mut self,
        id: CommandId,
        room: RoomId,
        turn: &mut Turn<'_>,
        begin: impl FnOnce(&mut Self, &mut Room, &mut Turn<'_>) -> Result<(), ErrorCode>,
    ) {
        let begun = self
            .with_room(room, turn, begin)
            .unwrap_or(Err(ErrorCode::RoomNotFound));
        if let Err(code) = begun {
            turn.done(id, Err(code.into()));
        }
    }

    fn log_in_by_code(
        &mut self,
        id: CommandId,
        user: UserName,
        (code, second_factor): (&CodeText, Option<CodeText>),
        turn: &mut Turn<'_>,
    ) {
        match read_code(code) {
            Ok(code) => self.log_in(id, user, Key::Code(code), second_factor, turn),
            Err(why) => turn.done(id, Err(why)),
        }
    }

    fn begin_link(&mut self, id: CommandId, room: RoomId, new: NewLink, turn: &mut Turn<'_>) {
        self.begin(id, room, turn, |engine, room, turn| {
            engine.make_link(id, room, new, turn)
        });
    }

    fn list_links(&mut self, id: CommandId, room: RoomId, turn: &mut Turn<'_>) {
        self.begin(id, room, turn, |_, room, _| {
            room.may_speak()?;
            room.links.listing.push(id);
            Ok(())
        });
    }

    fn begin_end_of_link(
        &mut self,
        id: CommandId,
        room: RoomId,
        link: LinkId,
        turn: &mut Turn<'_>,
    ) {
        self.begin(id, room, turn, |engine, room, turn| {
            engine.end_link(id, room, link, turn)
        });
    }

    fn wish(&mut self, id: CommandId, room: RoomId, wish: Wish, turn: &mut Turn<'_>) {
        let own = self.home.as_ref().map(|home| home.account);
        self.begin(id, room, turn, |_, room, turn| {
            room.may_speak()?;
            let wish = match wish {
                // Removing oneself is leaving.
                Wish::Remove { account } if Some(account) == own => Wish::Leave,
                wish => wish,
            };
            room.add_wish(wish, Some(id), turn);
            Ok(())
        });
    }

    fn accept(&mut self, id: CommandId, room: RoomId, turn: &mut Turn<'_>) {
        self.begin(id, room, turn, |engine, room, turn| {
            match room.stage() {
                RoomStage::Invited if !room.roster.wants_to_leave() => {}
                RoomStage::Invited | RoomStage::Leaving => return Err(ErrorCode::NotAMember),
                _ => room.may_speak()?,
            }
            if room.stage() == RoomStage::Invited {
                room.set_stage(RoomStage::Joined, turn);
                room.change().state_wanted = true;
                room.enqueue(content::joined(), engine.home.as_ref(), turn);
                Self::plan_update(room, turn);
                turn.event(Event::MembersChanged(room.id));
            }
            turn.done(id, Ok(Outcome::Done));
            Ok(())
        });
    }

    fn leave(&mut self, id: CommandId, room: RoomId, decline: bool, turn: &mut Turn<'_>) {
        self.begin(id, room, turn, |_, room, turn| match room.stage() {
            RoomStage::Joined if decline => Err(ErrorCode::AlreadyMember),
            RoomStage::Joined | RoomStage::Invited => {
                room.add_wish(Wish::Leave, Some(id), turn);
                Ok(())
            }
            RoomStage::Leaving | RoomStage::Left => {
                turn.done(id, Ok(Outcome::Done));
                Ok(())
            }
            RoomStage::Suspect => Err(ErrorCode::RoomPaused),
            RoomStage::TooNew => Err(ErrorCode::PolicyTooNew),
            RoomStage::Removed | RoomStage::RemovedUnconfirmed | RoomStage::NotOnThisDevice => {
                Err(ErrorCode::NotAMember)
            }
        });
    }
}
