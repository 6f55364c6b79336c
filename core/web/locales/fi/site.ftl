# Ohjekeskus ja esittelysivut, asiakkaiden luettavaksi.
help-of = { $tenant }: ohjekeskus
help-title = Miten voimme auttaa?
help-search = Etsi vastausta
help-articles = Ohjeet
help-all = Kaikki ohjeet
help-found = { $n ->
    [0] Haulla ”{ $q }” ei löytynyt mitään.
    [one] 1 ohje haulla ”{ $q }”.
   *[other] { $n } ohjetta haulla ”{ $q }”.
  }
help-nothing-title = Mikään ohje ei vielä vastaa tähän
help-nothing-text = Kokeile muita sanoja tai kysy meiltä: autamme mielellämme.
help-none-title = Ohjeita ei vielä ole
help-none-text = Kysy meiltä, autamme mielellämme.
help-more-title = Etkö löytänyt vastausta?
help-more-text = Kysy chatissa. Botti vastaa heti, ihminen kun haluat.
help-ask = Kysy meiltä
help-others = Lisää ohjeita
helped-question = Oliko tästä apua?
helped-yes = Hyvä kuulla. Kiitos, että kerroit.
helped-no = Harmi. Kysy meiltä, niin selvitetään asia yhdessä.

demo-bar = Esittelysivu: keksitty yritys, jonka sivulla on oikea chat.
demo-console = Avaa konsoli
demo-chat = Juttele kanssamme
demo-how = Näin se toimii
demo-benefits-nav-1 = Edut
demo-benefits-nav-2 = Näin se toimii
demo-benefits-title = Hyvä työpäivä alkaa hyvästä tauosta
demo-benefits-lead = Lounas, liikunta, kulttuuri ja työmatkat yhdellä kortilla. Työnantajalle helppo, sinulle mieluisa.
demo-benefits-card-1 = Työntekijöille
demo-benefits-card-1-text = Yksi kortti ja yksi sovellus kaikille eduille, yli 40 000 paikassa.
demo-benefits-card-2 = Työnantajille
demo-benefits-card-2-text = Lataa edut kaikille kahdessa minuutissa. Verosäännöt pidetään ajan tasalla puolestasi.
demo-benefits-card-3 = Kauppiaille
demo-benefits-card-3-text = Ota maksut omalla päätteelläsi, tilitys seuraavana pankkipäivänä.
demo-benefits-how-1 = Työnantajasi lataa edut kerran kuussa.
demo-benefits-how-2 = Maksa kortilla tai puhelimella, kuten millä tahansa kortilla.
demo-benefits-how-3 = Näet saldon ja lähimmät paikat sovelluksesta.
demo-shop-nav-1 = Kauppa
demo-shop-nav-2 = Toimitus ja palautus
demo-shop-title = Varusteet sinne, missä tie loppuu
demo-shop-lead = Teltat, rinkat ja vaatteet, jotka kestävät pohjoisen. Testaajina myyjämme itse.
demo-shop-card-1 = Nopea toimitus
demo-shop-card-1-text = Ennen kello 14 tilattu lähtee samana päivänä. Yli 80 euron tilaukset ilman toimituskuluja.
demo-shop-card-2 = 60 päivää aikaa palauttaa
demo-shop-card-2-text = Kokeile kotona kaikessa rauhassa. Palautus ei maksa mitään.
demo-shop-card-3 = Neuvoja ihmisiltä
demo-shop-card-3-text = Asiantuntijamme ovat nukkuneet niissä teltoissa. Kysy mitä vain.
demo-shop-how-1 = Tilaa verkossa tai chatissa.
demo-shop-how-2 = Seuraa pakettia tilaussivultasi.
demo-shop-how-3 = Muutitko mielesi? Tulosta palautustarra ja vie paketti noutopisteeseen.
demo-company-nav-1 = Palvelut
demo-company-nav-2 = Näin se toimii
demo-company-title = Olemme täällä, kun tarvitset meitä
demo-company-lead = Etsi vastaus ohjekeskuksesta tai kysy chatissa.
demo-company-card-1 = Ohjekeskus
demo-company-card-1-text = Vastaukset yleisimpiin kysymyksiin, yötä päivää.
demo-company-card-2 = Chat
demo-company-card-2-text = Botti vastaa heti, ihminen aukioloaikoina.
demo-company-card-3 = Asiantuntijat
demo-company-card-3-text = Vaikeat asiat päätyvät asiantuntijalle kaiken kertomasi kanssa.
demo-company-how-1 = Kysy omin sanoin.
demo-company-how-2 = Saat vastauksen tai ihmisen.
demo-company-how-3 = Palaa samaan keskusteluun milloin vain.
