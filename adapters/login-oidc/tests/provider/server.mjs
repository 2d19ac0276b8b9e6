// A real OpenID Connect provider on a free port of the loopback: it prints its issuer and serves until its standard
// input closes, so that it never outlives the test that started it.
import http from 'node:http'
import * as oidc from 'oidc-provider'

const people = {
  chen: { name: '陈思远', id_type: 'resident_id', id_number: '440113199903074511', phone_number: '13800138000' },
}

const server = http.createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new oidc.Provider(issuer, {
    clients: [{
      client_id: 'lianban',
      client_secret: 'a secret of this test',
      redirect_uris: ['http://127.0.0.1/sign-in/back'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    claims: { openid: ['sub'], profile: ['name'], phone: ['phone_number'], identity: ['id_type', 'id_number'] },
    scopes: ['openid', 'profile', 'phone', 'identity'],
    cookies: { keys: ['a cookie key of this test'] },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people[id] }) }),
  })
  server.on('request', provider.callback())
  console.log(`ISSUER ${issuer}`)
})
process.stdin.on('end', () => process.exit(0)).resume()
