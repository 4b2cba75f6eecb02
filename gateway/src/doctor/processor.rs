//! Stage `processor`: does it have AES in hardware?

use super::Stage;

pub(super) fn examine() -> Stage {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let has_aes =
        std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    let has_aes =
        std::arch::is_aarch64_feature_detected!("aes") && std::arch::is_aarch64_feature_detected!("pmull");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    let has_aes = false;
    judge(has_aes)
}

fn judge(has_aes: bool) -> Stage {
    if has_aes {
        return Stage::pass("processor", "AES in hardware");
    }
    Stage::fail(
        "processor",
        "no AES in hardware: sealing large mails takes many times as long",
        "on a virtual machine let the processor's flags through (CPU type \"host\")",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_without_aes_fails() {
        assert!(judge(false).has_failed() && !judge(true).has_failed());
    }
}
