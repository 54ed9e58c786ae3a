# Todas as frases que o bot diz em português. As chaves são as de en.ftl.

language-name = Português
language-names = en inglês, es espanhol, es castelhano, fr francês, pt português

# --- quem é ---
profile-name = Comunicados de { $short } (não oficial)
profile-description =
    Pergunte com as suas palavras sobre os comunicados de imprensa de { $short }: a resposta é citada palavra por palavra, com a pessoa de contato.

    Não é a organização ({ $organisation }) nem um serviço de emergência.
profile-short = Cita palavra por palavra os comunicados públicos de { $short }. Não é a organização nem um serviço de emergência.

start =
    Olá. Respondo a perguntas sobre os comunicados de imprensa de { $short } com as palavras deles, e digo quem contatar.
start-what =
    Sou um bot, não { $short } nem um serviço de emergência: em perigo, ligue para o número de emergência do país onde está.
what-it-is =
    Cito comunicados de imprensa públicos. Não sou a organização ({ $organisation }) nem falo em seu nome. Não sou um serviço de emergência: em caso de perigo, ligue para o número de emergência do país onde está.
help =
    Pergunte com as suas palavras sobre o que dizem os comunicados, ou quem contatar. Respondo com as frases deles, palavra por palavra; se não têm a resposta, digo isso.
help-commands =
    Também pode usar:
help-groups =
    Num grupo respondo a /search, a comandos que me nomeiam, a respostas às minhas mensagens e a mensagens que me mencionam. A nada mais.
# Said once in a group that the bot has joined.
joined-group =
    Olá, cito os comunicados de imprensa de { $short }: pergunte-me com /search e as suas palavras, mencionando-me ou em resposta a uma mensagem minha.
privacy-heading = O que se guarda sobre você
privacy =
    A sua pergunta é guardada até ser respondida, normalmente por segundos e no máximo por um dia, e depois é apagada. Ficam, para você neste chat, a língua que escolheu e, por um dia, um número que indica se mudou a sua pergunta, qual mensagem respondeu a qual, em números, e que comunicados mostrou. O assunto da conversa, com a sua última pergunta, é lembrado por pouco tempo; /reset faz esquecê-lo. Os registros não contêm perguntas, nomes nem números de chat.
privacy-kept =
    Se os comunicados não responderem à sua pergunta, ou se você indicar com um botão ou uma reação que uma resposta não ajudou, as palavras da pergunta são guardadas com a data e o que foi respondido, para melhorar os comunicados: sem o seu nome, o seu número, esta conversa nem a hora. Por isso, não escreva nada pessoal em uma pergunta.
privacy-telegram =
    O próprio Telegram guarda as mensagens deste chat como as de qualquer outro.

menu-search = Procurar nos comunicados as palavras que seguem
menu-releases = Ver os comunicados, todos ou os de um tema ou data
menu-release = Ver completo o comunicado indicado a seguir
menu-contacts = Quem contatar, sobre um tema ou sobre todos
menu-language = Língua das respostas
menu-reset = Esquecer do que falávamos
menu-help = Como perguntar
menu-privacy = O que é isto e o que se guarda
menu-start = Começar de novo

# --- respostas ---
not-found = Os comunicados não têm resposta para isso.
not-found-missing = Os comunicados não têm resposta para isso. Não encontrei neles nada sobre { $words }.
not-found-unmet = Os comunicados não têm resposta para isso. Não encontrei nenhum trecho sobre isso que mencione { $words }.
not-found-also = Os comunicados não respondem a { $question }.
quoted-word = «{ $word }»
nearest = O mais próximo pelo tema, embora não seja uma resposta:
ask-the-desk = Pode perguntar à assessoria de imprensa:
quoted-from = { $language ->
    [de] Citado em alemão, como foi publicado.
    [en] Citado em inglês, como foi publicado.
    [es] Citado em espanhol, como foi publicado.
    [fr] Citado em francês, como foi publicado.
    [it] Citado em italiano, como foi publicado.
    [pt] Citado em português, como foi publicado.
   *[other] Citado na língua da publicação.
}
unclear = Não encontrei uma pergunta na sua mensagem. Escreva o que quer saber dos comunicados de { $short }.
not-text = Só posso ler texto. Escreva a sua pergunta com palavras.
reset = Com todo o gosto: começamos de novo. O que quer saber?
search-empty = Escreva depois do comando o que procurar, ou responda com ele à mensagem que pergunta.
# Before a search as an example.
search-example = Por exemplo:
no-releases = Ainda não há comunicados.
help-lines = Pode ligar para:
talk-goodbye = Até logo. Escreva de novo quando quiser.
talk-small-talk = Sou apenas um bot e não sei conversar, mas conheço os comunicados de { $short }: pergunte-me sobre eles quando quiser.
talk-identity = Sou um bot: um programa, não uma pessoa.
talk-complaint = Lamento não ter ajudado. Pergunte de novo com outras palavras, talvez com um nome, um lugar ou um ano.
talk-complaint-more = Lamento não ter ajudado. Talvez este outro trecho, ou o contato abaixo:
talk-complaint-desk = Lamento não ter ajudado. Pergunte com outras palavras, ou ao contato do comunicado:
talk-doubt = Cito o que { $short } publicou, palavra por palavra; não posso verificar. O comunicado e a quem perguntar:
talk-doubt-none = Cito o que { $short } publicou, palavra por palavra; não posso verificar. O contato de um comunicado pode dizer mais.
talk-language = Respondo em português. A citação fica no idioma em que foi publicada.
talk-language-version = Este comunicado em português:
talk-language-none = Este comunicado não foi publicado em português; a quem perguntar:
talk-abuse = Lamento que esteja aborrecido. Diga-me o que deseja saber sobre os comunicados e eu procuro.
talk-instruction = Isso eu não faço: apenas cito os comunicados de { $short }. Pergunte-me sobre eles.
no-emergency-service = Não sou um serviço de emergência. Se alguém está em perigo, ligue para o número de emergência do país onde está.
thanks = De nada. Pergunte de novo quando quiser.
feedback-thanks = Obrigado.

# --- contatos ---
label-contact = Contato
contacts-all = Quem contatar, e sobre que comunicados:
# Dois ou mais.
contacts-more = e mais { $count } comunicados
contacts-narrow = Escreva um nome ou um tema depois de /contacts para ver quem contatar.
contacts-nobody = Os comunicados não indicam ninguém para contato.
contacts-none = Este comunicado não indica ninguém para contato.
contact-no-phone = { $releases ->
    [one] O comunicado não traz o telefone de { $name }.
   *[other] Os comunicados não trazem o telefone de { $name }.
  }
contact-no-way = Os comunicados não dão nenhum contato de { $name }.
# Whom to ask about somebody or something of whom the releases give no number or address.
ask-desk-of-release = A assessoria de imprensa de um comunicado que o cita:
contact-no-email = { $releases ->
    [one] O comunicado não traz o endereço de e-mail de { $name }.
   *[other] Os comunicados não trazem o endereço de e-mail de { $name }.
  }

# --- comunicados ---
release-dated = Data deste comunicado: { $date }.
release-undated = A página deste comunicado não indica a data:
releases-heading = { $count ->
    [one] O comunicado:
   *[other] Os { $count } comunicados, do mais recente ao mais antigo{ $undated ->
        [0] :
       *[other] ; no fim, os que não têm data:
    }
  }
# De $count comunicados, com o que têm em comum: «2 comunicados de março de 2019 que mencionam «saúde»:»
releases-found = { $count ->
    [one] Um comunicado{ $reasons }:
   *[other] { $count } comunicados{ $reasons }:
  }
releases-newest = { $count ->
    [one] O comunicado mais recente{ $reasons }:
   *[other] Os { $count } comunicados mais recentes{ $reasons }:
  }
releases-oldest = { $count ->
    [one] O comunicado mais antigo{ $reasons }:
   *[other] Os { $count } comunicados mais antigos{ $reasons }:
  }
# Não há nenhum ($count é 0); seguem os mais recentes.
releases-none = Não há nenhum comunicado{ $reasons }. Os mais recentes:
releases-none-undated = Nenhum comunicado{ $reasons } indica a sua data:
releases-of-day = {" "}de { $date }
releases-of-list = {" "}destes
releases-of-month = {" "}de { $date }
releases-of-year = {" "}de { $date }
releases-since = {" "}desde { $from }
releases-until = {" "}até { $until }
releases-between = {" "}de { $from } a { $until }
releases-of-period = {" "}{ $period ->
    [this-day] de hoje
    [last-day] de ontem
    [this-week] desta semana
    [last-week] da semana passada
    [this-month] deste mês
    [last-month] do mês passado
    [this-year] deste ano
   *[last-year] do ano passado
  }
releases-in-language = {" "}em { $language ->
    [de] alemão
    [en] inglês
    [es] espanhol
    [fr] francês
    [it] italiano
    [pt] português
   *[other] essa língua
  }
releases-with-topic = {" "}{ $count ->
    [0] que mencione { $words }
    [one] que menciona { $words }
   *[other] que mencionam { $words }
  }
releases-with-words = menciona { $words }
releases-near-topic = {" "}de sentido próximo de { $words }
releases-undated = { $count ->
    [one] Um comunicado não indica a sua data; { $order ->
        [newest] pode ser mais recente.
        [oldest] pode ser mais antigo.
       *[none] também pode ser dessa data.
      }
   *[other] { $count } comunicados não indicam a sua data; { $order ->
        [newest] podem ser mais recentes.
        [oldest] podem ser mais antigos.
       *[none] também podem ser dessa data.
      }
  }
page = Página { $page } de { $pages }
date-unknown = data não indicada
release-unknown = Não há nenhum comunicado chamado «{ $id }».
whole-release = Comunicado completo
next-page = Seguinte ›
previous-page = ‹ Voltar
ask-in-private = Perguntar no chat privado
old-button = Este botão já não é válido. Por favor, pergunte de novo.
all-releases = Todos os comunicados
all-contacts = Quem contatar
whats-new = O que há de novo
more-passages = Mais trechos
contacts = Contatos
copy = Copiar { $text }
# Said of a version of a release in this language.
in-this-language = Em português
in-another-language = Outro idioma

# --- língua ---
language-now = Respondo em português, a não ser que pergunte noutra língua.
language-choose = Escolha a língua das minhas respostas:
language-unknown = Não falo «{ $code }». Escolha uma destas:

# --- quando algo corre mal ---
unknown-command = Não conheço o comando { $command }.
failed = Algo deu errado do meu lado e a sua pergunta ficou sem resposta. Por favor, pergunte de novo.
busy = Uma pergunta de cada vez, por favor. O que enviou está guardado e será respondido na sua vez; aguarde um momento.

# --- datas ---
date-day = { date-day-of-month } de { $year }
date-day-of-month = { $day } de { month-name }
date-month = { month-name } de { $year }
month-name = { $month ->
    [m1] janeiro
    [m2] fevereiro
    [m3] março
    [m4] abril
    [m5] maio
    [m6] junho
    [m7] julho
    [m8] agosto
    [m9] setembro
    [m10] outubro
    [m11] novembro
   *[m12] dezembro
  }

# --- terminal ---
console-welcome = Pergunte sobre os comunicados; uma linha vazia ou Ctrl-D termina. /help mostra os comandos.

# --- o que se escreve em vez de um comando: uma vírgula entre duas maneiras de o dizer; maiúsculas, acentos e sinais não contam ---
typed-contacts = quero falar com uma pessoa, quero falar com alguém, posso falar com uma pessoa, posso falar com alguém, falar com um humano, falar com uma pessoa, gostaria de falar com alguém
typed-releases = comunicados, último comunicado, o último comunicado, últimos comunicados, os últimos comunicados, notícias, novidades, o que há de novo, alguma novidade, comunicados de imprensa, todos os comunicados, lista de comunicados, quais comunicados você tem, que comunicados há, mostre os comunicados
# Outros nomes dos comandos: /buscar por /search.
typed-command-contacts = contato, contatos, imprensa, telefone, ligar
typed-command-help = ajuda, comandos, menu, informação
typed-command-language = idioma, língua, línguas, português
typed-command-more = mais, próximo, seguinte, outro, outros
typed-command-privacy = privacidade, dados
typed-command-release = comunicado, nota, ler, abrir, ver
typed-command-releases = comunicados, notas, notícias, novidades, últimos, último, recentes, lista, todos
typed-command-reset = reiniciar, sair, cancelar, apagar, esquecer, parar, fim, limpar
typed-command-search = buscar, busca, procurar, pesquisar, pesquisa, perguntar, pergunta
typed-command-start = início, iniciar, começar, olá, oi
# Palavras que levam ao tema de uma pergunta.
typed-about = sobre, acerca de, a respeito de, para, de, do, da
# Palavras que pedem um telefone ou um endereço de e-mail, numa pergunta por um contato ou sozinhas: «e o número?»
typed-phone = telefone, telefones, tel, celular, telemóvel, número, whatsapp
typed-email = email, emails, e mail, e mails, mail, correio eletrônico, correio eletrónico
# O que pode estar antes ou depois.
typed-courtesy = olá, oi, bom dia, boa tarde, boa noite, por favor, pf, pfv, com licença, desculpe, desculpa, então, ok, senhor, senhora, prezados, caros, amigo, amiga
# Estas palavras por esta ordem, com outras no meio, perguntam de quando é um comunicado.
typed-release-date = de quando é o comunicado, de quando é este comunicado, de quando é esse comunicado, de quando é isso, quando comunicado publicado, quando foi publicado comunicado, quando foi publicado pela primeira vez, quando foi publicado isto, quando foi publicado isso, quando publicaram o comunicado, quando publicaram isso, quando saiu o comunicado, data do comunicado, data deste comunicado, data desse comunicado, data de publicação, data da publicação, qual é a data do comunicado
# Palavras que pedem inteiro o comunicado em questão, palavras de pedido, palavras de dúvida e nomes do comunicado: um texto só
# destas e de palavras pequenas é sobre ele.
typed-whole = completo, completa, inteiro, inteira, integral, na íntegra, todo o, toda a, o resto
typed-send = manda, mande, mandar, envia, envie, enviar, mostra, mostre, mostrar, dá, dar, ver, ler, quero, queria, preciso, pode, abrir, compartilhar, baixar
typed-doubt = verdade, verdadeiro, verdadeira, falso, falsa, mentira, confiável, confirmado, verificado, certo, real
typed-release = comunicado, nota, texto, artigo, informação, info, notícia, resposta, documento, mensagem, página, versão, coisa
