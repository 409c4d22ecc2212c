//! Errors in words that people can use: what happened, and what to do next.

use chat::error::Bound;
use chat::error::GifProblem;
use chat::{Act, Error, Field, FieldError, Problem};

use super::{Lang, grouped, size, words};

words! {
    Errors, errors {
        wrong_password: "비밀번호가 틀렸습니다.", "That password is wrong.";
        full: "허용 인원이 초과하였습니다.", "The room is full.";
        not_found: "존재하지 않는 방입니다.", "This room does not exist.";
        barred: "이 방에서 내보내진 상태예요. 다른 방에 들어가 보세요.", "You were removed from this room. Try another one.";
        barred_title: "이 방에서 강퇴되었습니다.", "You were removed from this room.";
        absent: "그 사람은 이제 이 방에 없어요.", "They are not in this room any more.";
        name_taken: "이 방에 이미 있는 이름이거나, 너무 비슷해요.", "Somebody here has that name, or one that looks like it.";
        not_seated: "이 방에 자리가 없어요. 다시 입장해 주세요.", "You have no seat in this room. Please enter again.";
        not_owner: "방장만 할 수 있어요.", "Only the owner can do this.";
        too_slow: "연결이 너무 느려서 다 받지 못했어요. 다시 해 주세요.", "The connection was too slow. Please try again.";
        refused: "요청을 받을 수 없어요. 새로고침하고 다시 해 주세요.", "The request was refused. Reload the page and try again.";
        unavailable: "지금은 연결이 어려워요. 잠시 뒤에 다시 해 주세요.", "That did not get through. Please try again in a moment.";
        internal: "서버에 문제가 생겼어요. 잠시 뒤에 다시 해 주세요.", "Something broke on the server. Please try again in a moment.";
        unavailable_title: "잠시 쉬는 중이에요", "Back in a moment";
        unavailable_hint: "서버가 지금 답하지 못해요. 이 화면이 스스로 다시 해 볼게요.", "The server cannot answer just now. This page tries again by itself.";
        internal_title: "문제가 생겼어요", "Something went wrong";
        internal_hint: "우리 쪽 잘못이에요. 잠시 뒤에 다시 해 주세요.", "This one is on us. Please try again in a moment.";
        forbidden_title: "여기는 들어갈 수 없어요", "You cannot go in here";
        no_route_hint: "주소를 다시 확인하거나 목록에서 방을 골라 보세요.", "Check the address, or pick a room from the list.";
        method_title: "이렇게는 쓸 수 없는 주소예요", "This address does not work that way";
        other_name_title: "이 주소로는 열 수 없어요", "This server does not answer to that name";
        other_name_hint: "받은 주소를 다시 확인해 주세요. 서버를 운영한다면 PUBLIC_ORIGIN에 사람들이 쓰는 주소를 적어 주세요.", "Check the address. If you host this server, set PUBLIC_ORIGIN to the address people use.";
        too_many_title: "조금만 천천히 해 주세요", "A little slower, please";
    }
}

impl Lang {
    /// The original's sentence for an address that leads nowhere.
    pub fn no_route(self, method: &str, path: &str) -> String {
        self.pick(format!("{method} {path} 라우터가 없습니다."), format!("There is no route for {method} {path}."))
    }

    pub fn error(self, error: &Error) -> String {
        let words = self.errors();
        match error {
            Error::Invalid(fields) => fields.iter().map(|field| self.field_error(field)).collect::<Vec<_>>().join(" "),
            Error::WrongPassword => words.wrong_password().to_owned(),
            Error::Full => words.full().to_owned(),
            Error::Barred => words.barred().to_owned(),
            Error::NotSeated => words.not_seated().to_owned(),
            Error::Absent => words.absent().to_owned(),
            Error::NameTaken => words.name_taken().to_owned(),
            Error::NotOwner => words.not_owner().to_owned(),
            Error::NotFound => words.not_found().to_owned(),
            Error::Removed => self.in_room().removed().to_owned(),
            Error::TooLarge { limit } => self.pick(
                format!("파일이 너무 커요. GIF는 {}까지 올릴 수 있어요.", size(*limit)),
                format!("The file is too big. GIFs can have up to {}.", size(*limit)),
            ),
            Error::TooSlow => words.too_slow().to_owned(),
            Error::BadGif(problem) => self.gif_problem(*problem).to_owned(),
            Error::TooMany { of, retry_after } => self.too_many(*of, *retry_after),
            Error::Refused => words.refused().to_owned(),
            Error::ShelfFull(bound) => self.shelf_full(*bound).to_owned(),
            Error::Unavailable => words.unavailable().to_owned(),
            Error::Internal => words.internal().to_owned(),
        }
    }

    /// What was done too often, and when it is allowed again.
    fn too_many(self, of: Act, seconds: u32) -> String {
        let what = match of {
            Act::NewRoom => self.pick("방을 너무 많이 만들었어요.", "Too many new rooms."),
            Act::WrongPassword => self.pick("틀린 비밀번호가 너무 많았어요.", "Too many wrong passwords."),
            Act::Wait => {
                self.pick("같은 곳에서 다른 시도가 많이 기다리고 있어요.", "Others from where you are wait already.")
            }
            Act::Upload => self.pick("GIF를 너무 많이 올리고 있어요.", "Too many GIFs."),
            _ => self.pick("너무 빨라요.", "Too fast."),
        };
        match seconds {
            0..100 => self
                .pick(format!("{what} {seconds}초 뒤에 다시 해 주세요."), format!("{what} Try again in {seconds} s.")),
            _ => {
                let minutes = seconds.div_ceil(60);
                self.pick(
                    format!("{what} {minutes}분 뒤에 다시 해 주세요."),
                    format!("{what} Try again in {minutes} min."),
                )
            }
        }
    }

    fn shelf_full(self, bound: Bound) -> &'static str {
        match bound {
            Bound::Items => self.pick(
                "내 GIF가 5,000개로 가득 찼어요. 안 쓰는 것을 빼고 다시 해 주세요.",
                "You have 5,000 GIFs already. Take some off, and try again.",
            ),
            Bound::Visitor => self.pick(
                "내 GIF의 자리가 다 찼어요. 큰 것을 빼고 다시 해 주세요.",
                "Your GIFs take all the space there is for you. Take large ones off, and try again.",
            ),
            Bound::Address => self.pick(
                "같은 네트워크의 사람들이 담은 GIF가 너무 많아요. 방에는 보낼 수 있어요.",
                "People on your network keep too many GIFs. You can still send them.",
            ),
            Bound::Deployment => self.pick(
                "이 서버에 담을 자리가 더 없어요. 방에는 보낼 수 있어요.",
                "This server has no more space for kept GIFs. You can still send them.",
            ),
        }
    }

    pub fn thrown_out_of(self, room: &str) -> String {
        self.pick(
            format!("방장이 ‘{room}’ 방에서 내보냈어요. 다른 방에서 이야기를 이어가 보세요."),
            format!("The owner of “{room}” removed you. Try another room."),
        )
    }

    pub fn thrown_out_because(self, room: &str, reason: &str) -> String {
        self.pick(
            format!("방장이 ‘{room}’ 방에서 내보냈어요. 이유: {reason}"),
            format!("The owner of “{room}” removed you. Reason: {reason}"),
        )
    }

    pub fn field_error(self, error: &FieldError) -> String {
        match (error.field, error.problem) {
            (Field::Title, Problem::Empty) => self.pick("방 제목을 적어 주세요.", "Give the room a title.").to_owned(),
            (Field::Capacity, Problem::Empty) => {
                self.pick("몇 명까지 들어올지 적어 주세요.", "Say how many people it holds.").to_owned()
            }
            (Field::Password, Problem::Empty) => self.pick("비밀번호를 적어 주세요.", "Type the password.").to_owned(),
            (Field::Text, Problem::Empty) => self.pick("메시지를 적어 주세요.", "Type a message.").to_owned(),
            (Field::Name, Problem::Empty) => self.pick("이름을 적어 주세요.", "Type a name.").to_owned(),
            (Field::Reason, Problem::Empty) => self.pick("이유를 적어 주세요.", "Give a reason.").to_owned(),
            (Field::Description, Problem::Empty) => self.pick("설명을 적어 주세요.", "Type a description.").to_owned(),
            (Field::ItemName, Problem::Empty) => self.pick("이름을 적어 주세요.", "Type a name.").to_owned(),
            (Field::Tag, Problem::Empty) => self.pick("태그를 적어 주세요.", "Type a tag.").to_owned(),
            (Field::Folder, Problem::Empty) => self.pick("폴더 이름을 적어 주세요.", "Type a folder.").to_owned(),
            (Field::Tag, Problem::OutOfRange { max, .. }) => {
                self.pick(format!("태그는 {max}개까지예요."), format!("There can be up to {max} tags."))
            }
            (Field::Gif, Problem::Empty) => self.pick("GIF 파일을 골라 주세요.", "Choose a GIF file.").to_owned(),
            (_, Problem::Command) => self
                .pick(
                    "그런 명령은 없어요. 귓속말은 ‘/w 이름 내용’으로, 글 그대로는 맨 앞에 /를 하나 더 붙여서 보내 주세요.",
                    "There is no such command. To whisper, type “/w name text”. To send it as text, put one more / in front.",
                )
                .to_owned(),
            (_, Problem::SeveralFit) => self
                .pick(
                    "그 이름으로 볼 수 있는 사람이 여럿이에요. 이름을 따옴표로 묶어 주세요. 예: /w \"이름\" 내용",
                    "More than one name fits. Put the name in quotes, like: /w \"name\" text",
                )
                .to_owned(),
            (_, Problem::TooLong { max }) => {
                let max = grouped(max.into());
                self.pick(format!("{max}자까지 적을 수 있어요."), format!("It can have up to {max} characters."))
            }
            (_, Problem::Reserved) => self
                .pick(
                    "방장이나 알림으로 보일 수 있는 이름은 쓸 수 없어요. 다른 이름을 골라 주세요.",
                    "A name that could pass for the owner or for a notice cannot be used. Choose another one.",
                )
                .to_owned(),
            (_, Problem::NotANumber) => self.pick("숫자로 적어 주세요.", "Type a number.").to_owned(),
            (_, Problem::OutOfRange { min, max }) => {
                let (min, max) = (grouped(min.into()), grouped(max.into()));
                self.pick(
                    format!("{min}명부터 {max}명까지 정할 수 있어요."),
                    format!("It can be from {min} to {max} people."),
                )
            }
        }
    }

    /// The texts contain the limits of [`chat::gif::Limits`] as fixed words, which takes less code than formatting the numbers.
    fn gif_problem(self, problem: GifProblem) -> &'static str {
        match problem {
            GifProblem::Empty => {
                self.pick("빈 파일이에요. 다른 GIF로 해 주세요.", "The file is empty. Try another GIF.")
            }
            GifProblem::NotAGif => self.pick(
                "GIF가 아니에요. 이름만 .gif인 파일은 올릴 수 없어요.",
                "This is not a GIF. A .gif name alone is not enough.",
            ),
            GifProblem::NoFrame => self.pick(
                "그림이 하나도 없는 GIF예요. 다른 GIF로 해 주세요.",
                "There is no picture in this GIF. Try another.",
            ),
            GifProblem::Broken => {
                self.pick("파일이 망가져 있어요. 다른 GIF로 해 주세요.", "The file is damaged. Try another GIF.")
            }
            GifProblem::CutOff => {
                self.pick("파일이 중간에 끊겨 있어요. 다른 GIF로 해 주세요.", "The file is cut off. Try another GIF.")
            }
            GifProblem::TooWide => self.pick(
                "화면이 너무 큰 GIF예요. 한 변은 4,096픽셀, 넓이는 2,048×2,048픽셀까지예요.",
                "The GIF is too wide or tall. It can have up to 4,096 pixels a side, and 2,048 × 2,048 in all.",
            ),
            GifProblem::TooManyFrames => self.pick(
                "프레임이 너무 많은 GIF예요. 1,000개까지 올릴 수 있어요.",
                "The GIF has too many frames. It can have up to 1,000.",
            ),
            GifProblem::TooManyPixels => self.pick(
                "모든 프레임의 픽셀이 너무 많은 GIF예요. 2억 5천만 개까지 올릴 수 있어요.",
                "The GIF has too many pixels over all frames. It can have up to 250 million.",
            ),
            GifProblem::TooLong => self.pick(
                "너무 긴 GIF예요. 2분까지 올릴 수 있어요.",
                "The GIF is too long. It can last up to two minutes.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_originals_sentences_are_as_they_were() {
        assert_eq!(Lang::Ko.no_route("GET", "/x"), "GET /x 라우터가 없습니다.");
        assert_eq!(Lang::Ko.error(&Error::NotFound), "존재하지 않는 방입니다.");
        assert_eq!(Lang::Ko.error(&Error::WrongPassword), "비밀번호가 틀렸습니다.");
        assert_eq!(Lang::Ko.error(&Error::Full), "허용 인원이 초과하였습니다.");
        assert_eq!(Lang::Ko.entered("졸린 수달"), "졸린 수달님이 입장하셨습니다.");
        assert_eq!(Lang::Ko.left("졸린 수달"), "졸린 수달님이 퇴장하셨습니다.");
    }

    #[test]
    fn every_wrong_value_has_words_of_its_own() {
        let capacity = |text| match chat::Capacity::parse(text) {
            Err(Error::Invalid(fields)) => Lang::Ko.field_error(&fields[0]),
            other => format!("{other:?}"),
        };
        assert_eq!(capacity("1"), "2명부터 1,000명까지 정할 수 있어요.");
        assert_eq!(capacity("x"), "숫자로 적어 주세요.");
        assert_ne!(capacity(""), capacity("x"));
    }

    #[test]
    fn every_problem_of_a_gif_has_words_of_its_own_with_its_limit() {
        use GifProblem::{Broken, CutOff, Empty, NoFrame, NotAGif, TooLong, TooManyFrames, TooManyPixels, TooWide};
        let all = [Empty, NotAGif, NoFrame, Broken, CutOff, TooWide, TooManyFrames, TooManyPixels, TooLong];
        for lang in [Lang::Ko, Lang::En] {
            let words: std::collections::BTreeSet<_> = all.map(|problem| lang.gif_problem(problem)).into();
            assert_eq!(words.len(), all.len());
        }
        let limits = chat::gif::Limits::default();
        assert_eq!(limits.max_area, 2048 * 2048);
        assert_eq!((limits.max_pixels, limits.max_duration_ms), (250_000_000, 120_000));
        for lang in [Lang::Ko, Lang::En] {
            assert!(lang.gif_problem(TooWide).contains(&grouped(limits.max_side.into())));
            assert!(lang.gif_problem(TooManyFrames).contains(&grouped(limits.max_frames.into())));
        }
    }
}
