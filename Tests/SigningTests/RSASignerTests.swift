import Signing
import Testing

/// The key and the example of RFC 7515, appendix A.2.
@Suite struct RSASignerTests {
    private static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
        jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
        aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
        juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
        ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
        toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
        VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
        PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
        O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
        kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
        XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
        4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
        pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
        0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
        lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
        kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
        rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
        kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
        5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
        9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
        evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
        yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
        OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
        tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
        ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
        03k2+ZQwVK0JKSHuLFkuQ3U=
        -----END PRIVATE KEY-----
        """
    /// The same as PKCS#1.
    private static let pemOfOldForm = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEowIBAAKCAQEAofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd/wWJcyQoTbji9k0
        l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL+yRT+SFd2lZS+pC
        gNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb/7OMg0LOL+bSf63kpaSHSX
        ndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD
        Zlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxXFvUK+DWNmoudF8NAco9/h9iaGNj8
        q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQIDAQABAoIBABKucaRpzQorw35S
        bEUAVx8dYXUdZOlJcHtiWQ+dC6V8ljxAHj/PLyzTveyI5QO/xkObCyjIL303l2cf
        UhPu2MFaJdjVzqACXuOrLot/eSFvxjvqVidTtAZExqFRJ9mylUVAoLvhowVWmC1O
        n95fZCXxTUtxNEG1Xcc7m0rtzJKs45J+N/V9DP1edYH6USyPSWGp6wuA+KgHRnKK
        Vf9GRx80JQY7nVNkL17eHoTWEwga+lwi0FEoW9Y7lDtWXYmKBWhUE+U8PGxlJf8f
        40493HDw1WRQ/aSLoS4QTp3rn7gYgeHEvfJdkkf0UMhlknlo53M09EFPdadQ4TlU
        bjqKc50CgYEA4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH/5IB3jw3bcxGn6QLvnE
        tfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw/Py5PJdTJNPY8cQn7ouZ2KKDcmnPG
        BY5t7yLc1QlQ5xHdwW1VhvKn+nXqhJTBgIPgtldC+KDV5z+y2XDwGUcCgYEAuQPE
        fgmVtjL0Uyyx88GZFF1fOunH3+7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYs
        p1ZSe7zFYHj7C6ul7TjeLQeZD/YwD66t62wDmpe/HlB+TnBA+njbglfIsRLtXlnD
        zQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdcCgYAHAp9XcCSrn8wVkMVkKdb7
        DOX4IKjzdahm+ctDAJN4O/y7OW5FKebvUjdAIt2GuoTZ71iTG+7F0F+lP88jtjP4
        U4qe7VHoewl4MKOfXZKTe+YCS1XbNvfgwJ3Ltyl1OH9hWvu2yza7q+d5PCsDzqtm
        27kxuvULVeya+TEdAB1ijQKBgQCH/3r6YrVH/uCWGy6bzV1nGNOdjKc9tmkfOJmN
        54dxdixdpozCQ6U4OxZrsj3FcOhHBsqAHvX2uuYjagqvo3cOj1TRqNocX40omfCC
        Mx3bD1yPPf/6TI2XECva/ggqEY2mYzmIiA5LVVmc5nrybr+lssFKneeyxN2Wq93S
        0iJMdQKBgCGHewxzoa1r8ZMD0LETNrToK423K377UCYqXfg5XMclbrjPbEC3YI1Z
        NqMtuhdBJqUnBi6tjKMF+34Xf0CUN8ncuXGO2CAYvO8PdyCixHX52ybaDjy1FtCE
        6yUXjoKNXKvUm7MWGsAYH6f4IegOetN5NvmUMFStCSkh7ixZLkN1
        -----END RSA PRIVATE KEY-----
        """
    /// The same behind a passphrase.
    private static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFNTBfBgkqhkiG9w0BBQ0wUjAxBgkqhkiG9w0BBQwwJAQQmV9YoCJ9Q/M1N5so
        LAbHIQICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEEhj4ApZZnJXFpqQ
        m83BGFIEggTQkCOjNu4BRrEnCwj8xoJUc25QKk1x/wlU2cfxGlnBoyVNfPQuOXPA
        GIyO7f5o0mv+tpkPErorULI/pia835CJp9F4W8ESgt4wGRDu6e1UxDBfoKd9LU+q
        VQTIkJadIhaWD0yZjmyuIfTKOjDMf0XKQxSeJI0boID/u9Lq/JpHXF/quVxZvrto
        mykqe9JUYEoJQ7W9uUvrokZs0wh3vsqwkD+CdkbPti32smrTK8lMVqRvb1laLwe3
        lZUvlFrNQWNg9AaLfHpgVYYlZQFxyM0e7s17oubqJvK0sdFFssXEyhRixbeUgHlo
        UkOw1Tp3O/XrXdwuSqGhW0xeOtS6lhgJJm6dXdWrY1KnN0fECvt3AoOe68/w6fVy
        xnDofXcETzvFkU1TFlHlXFuvftdG58jGZYhpoXsSnmKgT6zlVNq7aVlPjMPZQ8LD
        9wZ346lA9V5s65m3vpAKjaRG+yhxgj00tLcokp2sGPZBqAPZSzpkdr6M2F4r8L1D
        85YvtdmtqJjxy/K12b4o0IFpNtQUCVeuOHnkWnzIylCQdhsoJwjKN53/0Nf8Izkq
        gAxpM6AslxGyc7C/dv+1s/xIPaDS94d/FzloICg0yjuJKSXO4f/ubU7CRgk6sZkq
        wYK5YM2o09al5dS+d0Hgr7sEVWstmawSE6ymTLX8sHQ7GTVo358wKqt8cVMcp4y7
        F260MlDZ6cuLyD/kZ76x8AKn3t88fV3dkFH6mhyfUbyqunQFFNKsHQmuoUesoW18
        Ig2CY9vqYGUZ++ImIloebaGqKrAxd7WdCCCUJo1uiwvYZ/tQOuV/715RWOwngUK5
        rFslxIFV6pt6wRy7C/aeY8qhAh9cCxvquiHdQbltIFLuXuGWW4DkVA9Qk9/i5Mch
        gmxk5SgPdBhob8NQae8KoEX/q3ZyWMo7wJL4aTpnY0QxV1KlHKptNeCmAKYhB6j1
        vrFfSTP6wI1dPxyA4wop69GVHizaCI8qXlgnPYoFfqPZq0+6oynt11DNNf3GAVSd
        6cGKsRfQLbXcGxKWkXzuJMDDyApJGoZaLwkhIWqH5zDWFoPVWz3X2lQIxWvtuEc2
        4nllLSH3boGbUuenJEsQ1jTalTOL95SSgqj6Nve1WDTtF1KqBmHPspAi5C/X4OEN
        nA/W//6skNmw6AGZD8tICHgWqzjBb3+EiNYNkj50N0Lk/KHQJ3BDd7pCQ6uZbOEo
        R6XQOfWf+E9v9Wl63SnRRwRmctDk4LiQIVsA3JULYVCwWogv42vPTBDSjuut1ISe
        YidQ0kGGDQ+okXToBU4sO11WUJvNJOo69MWMBRNphS3B497MXiS6Dd5f+zoRDtgF
        DeZ5Vz9AcjfxzIFkOSyrl6P6UeE5CXSxOEKzl88kecWFHh4TnKQ6eoSK8yflGfH5
        2Ot38E5wkc4BSV23X2GYdw4r0Hmz18sfskQhfSlPW/H/LHclc762RG8+eSA1U4UV
        7h2n9AZEPypA3jrijs1WBrr+tM7HpDXE+5wbFZTdvCJAZDHYaBCt1HXhgMSJpE71
        hwH7uct9ZwPBmwPxXKdSY2MWTHXarYA3kv3KZmnc0aftCpY9x6CWxm27PXf4K5Dc
        cOWt0AOPr5z2m5MWk4+2SLOkWAoY5s+6NJNPBvVm0wF0GM4dsqld7Rw=
        -----END ENCRYPTED PRIVATE KEY-----
        """
    private static let elliptic = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLjbDlqRvR+YLhgDK
        YuzS4GTbmBYVdvDs6GC/27F8keKhRANCAAQObp8FIvoCGqBPxpUn7yUnHrWojVo9
        uKm1Fi3zswQ3bvPvfULLJXxIL3FdP62zOVKJzOnc09Iu91emgKA9Zgek
        -----END PRIVATE KEY-----
        """
    private static let short = """
        -----BEGIN PRIVATE KEY-----
        MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAMDMu9PqN66w1QOY
        EGB5IpYcrd/KvjyEukp5AcHMqGkRu60l2TKM20HaCWzQ/J/wXV4oYH3qvPTZq2v6
        CU1qPIhE0exfAmseSlfL9JC7KUmPsCeGlfTvzfYNIHXsTg0UHQC94WLIQW5wHAzE
        N2qm3HnlwWK/kJzYV9QAKa+i8RarAgMBAAECgYAOGasO9400+HfLuH5SH+nYoqZQ
        vKonEOny8mCfhNE4RfS82AzHdqe+bCzOSYaAR/r8HOXZr6Y8HgM8dV/iyoc8q5LG
        R/s9sdWwGKoTv6PEq7uAEMuPc9om3VWE0dJqUUlce7pt8y9XyHn3MK4Z6/hhW68+
        LwaLPTOO6Gr8nfTNuQJBAOMo+/M9OPfZW6sMZFqJY/7du6UaPbBo20YoxoYhfIbb
        YGswv7MTTxfxO8tHam69gIAFmwRfezqdGswduupaiU8CQQDZRv2gZ+de0rspY9oI
        TuijBqsamY84eP0bqEEj4NHxa2f4KaFylKx3bR4QUOj7RPxHNB9rCUW8WEfdr7aA
        AM3lAkB2lj25hNuJoCIX0JdPIGxgcBb2oRVVU9gs7zp8aVzd9gaGzuM0tD7VK+1g
        OL8aYrmDm+mKReJJ/hwwNNEQaQVHAkEAj2ldFJggTiU3pf0jN2KmCJzpKPh8YODy
        52NqA31r9TZYfKM1zgQ1xen+8vQEo30IKxNLPYH0RnnajYdiJSDixQJAYHdZriQX
        L/ENXovWWTpYe1Xd0ydljLfBO2Kwllt1XlZCP9QeNYGMjO7x73UrkUPiXMtVgC0b
        mQrR23Daehf1EQ==
        -----END PRIVATE KEY-----
        """

    @Test func theExampleOfTheStandard() throws {
        let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        let expected =
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAyn"
            + "RFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
            + "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        for pem in [Self.pem, Self.pemOfOldForm] {
            let signature = try RSASigner(pem: pem).sign(Array(message.utf8))
            #expect(Base64.encode(signature, alphabet: .urlSafe) == expected)
        }
    }

    @Test func otherKeysAreRefusedWithoutAWordOfThem() {
        for pem in ["", "s3cret", Self.encrypted, Self.elliptic, Self.short, String(Self.pem.dropLast(80))] {
            do {
                _ = try RSASigner(pem: pem)
                Issue.record("no key, and it was taken")
            } catch {
                #expect(!error.message.contains("BEGIN") && !error.message.contains("s3cret"))
            }
        }
    }

    @Test func oneKeyServesAllThreads() async throws {
        let signer = try RSASigner(pem: Self.pem)
        let expected = try signer.sign([1, 2, 3])
        await withTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<40 { group.addTask { try? signer.sign([1, 2, 3]) } }
            for await signature in group { #expect(signature == expected) }
        }
    }

    @Test func nothingOfItIsPrinted() throws {
        var text = ""
        dump(try RSASigner(pem: Self.pem), to: &text)
        #expect(!text.contains("0x"))
    }
}
