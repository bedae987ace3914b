/// Latin letters and well-known words as Hebrew speakers say them.
enum LatinLetters {
    /// A known word in Hebrew letters, else letter by letter. Letters of other alphabets stay.
    static func spelled(_ word: String) -> String {
        if let known = words[word.lowercased()] { return known }
        var result: [String] = []
        for scalar in word.unicodeScalars {
            if scalar.isASCIILetter {
                result.append(names[Int(scalar.value | 0x20) - 0x61])
            } else if scalar.isDigit {
                result.append(Cardinal.digit(UInt8(scalar.value - 0x30)))
            } else if scalar.isForeignLetter {
                result.append(String(scalar))
            }
        }
        return result.joined(separator: " ")
    }

    private static let names = [
        "איי", "בי", "סי", "די", "אי", "אף", "ג'י", "אייץ'", "איי", "ג'יי", "קיי", "אל", "אם", "אן", "או", "פי", "קיו", "אר", "אס", "טי", "יו", "וי",
        "דאבליו", "אקס", "וואי", "זד",
    ].map { $0.replacing("'", with: "׳") }

    /// Parts of addresses that everybody says the same way, whatever happens to other Latin words.
    static let webWords: [String: String] = [
        "com": "קום", "co": "קו", "il": "איי אל", "org": "אורג", "net": "נט", "gov": "גוב", "ac": "איי סי", "muni": "מוני", "gmail": "ג׳ימייל",
        "hotmail": "הוטמייל", "outlook": "אאוטלוק", "yahoo": "יאהו", "walla": "וואלה", "info": "אינפו", "office": "אופיס", "mail": "מייל",
        "support": "סאפורט", "sales": "סיילס", "contact": "קונטקט", "service": "סרוויס",
    ]

    private static let words: [String: String] = [
        "whatsapp": "וואטסאפ", "google": "גוגל", "facebook": "פייסבוק", "instagram": "אינסטגרם", "tiktok": "טיקטוק", "youtube": "יוטיוב",
        "waze": "ווייז", "zoom": "זום", "iphone": "אייפון", "android": "אנדרואיד", "samsung": "סמסונג", "apple": "אפל", "microsoft": "מיקרוסופט",
        "windows": "ווינדוס", "excel": "אקסל", "word": "וורד", "outlook": "אאוטלוק", "gmail": "ג׳ימייל", "email": "אימייל", "e-mail": "אימייל",
        "mail": "מייל", "online": "אונליין", "offline": "אופליין", "wifi": "וויי פיי", "wi-fi": "וויי פיי", "bluetooth": "בלוטות׳",
        "paypal": "פייפאל", "bit": "ביט", "visa": "ויזה", "mastercard": "מסטרקארד", "isracard": "ישראכרט", "app": "אפליקציה", "ok": "אוקיי",
        "okay": "אוקיי", "netflix": "נטפליקס", "airbnb": "איירבנבי", "booking": "בוקינג", "amazon": "אמזון", "tesla": "טסלה", "bmw": "ב מ וו",
        "covid": "קוביד", "vip": "וי איי פי", "chatgpt": "צ׳אט ג׳י פי טי", "telegram": "טלגרם", "linkedin": "לינקדאין", "twitter": "טוויטר",
        "uber": "אובר", "gett": "גט", "yango": "יאנגו", "wolt": "וולט", "ikea": "איקאה", "spa": "ספא", "studio": "סטודיו", "loft": "לופט",
        "penthouse": "פנטהאוז", "duplex": "דופלקס", "lobby": "לובי", "jacuzzi": "ג׳קוזי", "internet": "אינטרנט", "link": "לינק", "web": "ווב",
        "hello": "הלו", "hi": "היי", "bye": "ביי", "thanks": "תודה", "please": "בבקשה",
    ]
}
