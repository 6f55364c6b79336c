# Hjälpcenter och demosidor, för kunder.
help-of = { $tenant }: hjälpcenter
help-title = Hur kan vi hjälpa till?
help-search = Sök ett svar
help-articles = Anvisningar
help-all = Alla anvisningar
help-found = { $n ->
    [0] Inget hittades för ”{ $q }”.
    [one] 1 anvisning för ”{ $q }”.
   *[other] { $n } anvisningar för ”{ $q }”.
  }
help-nothing-title = Ingen anvisning svarar på detta ännu
help-nothing-text = Pröva andra ord eller fråga oss: vi hjälper gärna till.
help-none-title = Inga anvisningar ännu
help-none-text = Fråga oss, vi hjälper gärna till.
help-more-title = Hittade du inget svar?
help-more-text = Fråga oss i chatten. En bot svarar genast, en människa när du vill.
help-ask = Fråga oss
help-others = Fler anvisningar
helped-question = Hjälpte det här?
helped-yes = Roligt att höra. Tack för att du berättade.
helped-no = Tråkigt. Fråga oss, så reder vi ut det tillsammans.

demo-bar = En demosida: ett påhittat företag med en riktig chatt.
demo-console = Öppna konsolen
demo-chat = Chatta med oss
demo-how = Så fungerar det
demo-benefits-nav-1 = Förmåner
demo-benefits-nav-2 = Så fungerar det
demo-benefits-title = En bra arbetsdag börjar med en bra paus
demo-benefits-lead = Lunch, motion, kultur och arbetsresor på ett kort. Enkelt för arbetsgivaren, ditt att njuta av.
demo-benefits-card-1 = För anställda
demo-benefits-card-1-text = Ett kort och en app för alla förmåner, på över 40 000 ställen.
demo-benefits-card-2 = För arbetsgivare
demo-benefits-card-2-text = Ladda förmåner åt alla på två minuter. Skattereglerna hålls aktuella åt dig.
demo-benefits-card-3 = För handlare
demo-benefits-card-3-text = Ta emot betalningar på din egen terminal, med redovisning nästa bankdag.
demo-benefits-how-1 = Din arbetsgivare laddar förmånerna en gång i månaden.
demo-benefits-how-2 = Betala med kortet eller telefonen, som med vilket kort som helst.
demo-benefits-how-3 = Se saldot och de närmaste ställena i appen.
demo-shop-nav-1 = Butik
demo-shop-nav-2 = Leverans och retur
demo-shop-title = Utrustning dit vägen tar slut
demo-shop-lead = Tält, ryggsäckar och kläder som tål norden, testade av dem som säljer dem.
demo-shop-card-1 = Snabb leverans
demo-shop-card-1-text = Beställt före 14 skickas samma dag. Fri frakt över 80 euro.
demo-shop-card-2 = 60 dagars retur
demo-shop-card-2-text = Pröva hemma i lugn och ro. Returen kostar ingenting.
demo-shop-card-3 = Råd av människor
demo-shop-card-3-text = Våra experter har sovit i de där tälten. Fråga vad som helst.
demo-shop-how-1 = Beställ på nätet eller i chatten.
demo-shop-how-2 = Följ paketet på din beställningssida.
demo-shop-how-3 = Ångrat dig? Skriv ut returetiketten och lämna in paketet.
demo-company-nav-1 = Tjänster
demo-company-nav-2 = Så fungerar det
demo-company-title = Vi finns här när du behöver oss
demo-company-lead = Hitta ett svar i hjälpcentret eller fråga oss i chatten.
demo-company-card-1 = Hjälpcenter
demo-company-card-1-text = Svar på de vanligaste frågorna, dygnet runt.
demo-company-card-2 = Chatt
demo-company-card-2-text = En bot svarar genast, en människa under öppettiderna.
demo-company-card-3 = Experter
demo-company-card-3-text = Svåra ärenden når en specialist, med allt du har berättat.
demo-company-how-1 = Fråga med egna ord.
demo-company-how-2 = Få ett svar, eller en människa.
demo-company-how-3 = Kom tillbaka till samma samtal när som helst.
