import CCurl
import CLame
import COpenSSL
import CPQ
import CPocketSphinx
import CShims
import CZMQ
import Glibc
import TestSupport
import Testing

/// Debian's package pocketsphinx-en-us puts the models there.
private let model = "/usr/share/pocketsphinx/model/en-us"

/// Each C library imports, links and answers.
@Suite struct CLibsTests {
    @Test func versions() {
        var (major, minor, patch): (CInt, CInt, CInt) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        #expect(major == 4)
        #expect(PQlibVersion() >= 130_000)
        #expect(OpenSSL_version_num() >= 0x3000_0000)
        #expect(String(cString: curl_version()).hasPrefix("libcurl/"))
        #expect(String(cString: get_lame_version()).hasPrefix("3."))
    }

    @Test func memoryFind() {
        let text = Array("one two three".utf8)
        #expect(cshim_memory_find(text, text.count, "two", 3) == 4)
        #expect(cshim_memory_find(text, text.count, "four", 4) == -1)
        #expect(cshim_memory_find(text, text.count, "", 0) == 0)
    }

    @Test func eventfdWakes() {
        let descriptor = cshim_eventfd_create()
        defer { close(descriptor) }
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&item, 1, 0) == 0)
        cshim_eventfd_signal(descriptor)
        #expect(poll(&item, 1, 0) == 1)
        cshim_eventfd_drain(descriptor)
        #expect(poll(&item, 1, 0) == 0)
    }

    @Test(.enabled(if: access(model + "/en-us/mdef", R_OK) == 0, "pocketsphinx-en-us is not installed"))
    func pocketSphinxDecodesWithAGrammar() throws {
        err_set_logfp(nil)
        let directory = try TemporaryDirectory()
        let dictionary = directory.path + "/words.dict"
        let file = try #require(fopen(dictionary, "w"))
        fputs("yes Y EH S\nno N OW\n", file)
        fclose(file)
        let arguments = ["test", "-hmm", model + "/en-us", "-dict", dictionary, "-samprate", "16000"]
        var argv = arguments.map { strdup($0) }
        defer { argv.forEach { free($0) } }
        let config = try #require(cmd_ln_parse_r(nil, ps_args(), CInt(argv.count), &argv, 1))
        defer { cmd_ln_free_r(config) }
        let decoder = try #require(ps_init(config))
        defer { ps_free(decoder) }
        #expect(ps_set_jsgf_string(decoder, "state", "#JSGF V1.0; grammar g; public <a> = yes | no;") == 0)
        #expect(ps_set_search(decoder, "state") == 0)
        #expect(ps_set_allphone_file(decoder, "phones", model + "/en-us-phone.lm.bin") == 0)
        #expect(ps_start_utt(decoder) == 0)
        let silence = [Int16](repeating: 0, count: 16000)
        #expect(ps_process_raw(decoder, silence, silence.count, 0, 0) >= 0)
        #expect(ps_end_utt(decoder) == 0)
        var score: CInt = 0
        _ = ps_get_hyp(decoder, &score)
    }
}
