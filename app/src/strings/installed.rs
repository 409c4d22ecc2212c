//! The words of the installed app and of texts that wait. Only the server uses them.

use super::words;

words! {
    Installed, installed {
        update: "새 버전이 나왔어요.", "There is a new version.";
        unsaved: "보내는 중이거나 저장되지 않은 글이 있어요. 그래도 새로고침할까요?", "Something is still being sent or is not saved. Reload anyway?";
        unsent: "보내지 못한 글", "Not sent";
        unsent_at_door: "자리가 없어진 뒤라 보내지 않았어요. 복사해 두거나, 다시 들어가서 보낼 수 있어요.", "Your seat was gone, so these were not sent. Copy them, or enter again and send them there.";
        unsent_gone: "방이 닫혀서 보내지 못했어요. 이 화면을 떠나면 사라지니 필요하면 지금 복사해 주세요.", "The room has closed, so these were not sent. They go when you leave this page: copy them now if you need them.";
        copy_all: "모두 복사", "Copy all";
    }
}
