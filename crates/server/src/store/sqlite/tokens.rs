//! The tokens' part of the store.

use protocol::ids::AccountId;

use super::{SqliteStore, ops::tokens as ops, read::tokens as read};
use crate::{
    session::FamilyId,
    store::{
        Failure, StoreError,
        session::TokenHash,
        token::{
            ApiTokenRow, FamilyRow, NewApiToken, NewFamily, Refresh, Refreshed, TokenRefusal,
            TokenStore,
        },
    },
};

impl TokenStore for SqliteStore {
    async fn begin_family(&self, new: NewFamily) -> Result<(), Failure<TokenRefusal>> {
        self.writer.apply(ops::BeginFamily(new)).await
    }

    async fn family(&self, family: FamilyId) -> Result<Option<FamilyRow>, StoreError> {
        read::family(&self.readers, family).await
    }

    async fn refresh(&self, refresh: Refresh) -> Result<Refreshed, StoreError> {
        Ok(self.writer.apply(ops::RefreshFamily(refresh)).await?)
    }

    async fn make_api_token(&self, new: NewApiToken) -> Result<(), Failure<TokenRefusal>> {
        self.writer.apply(ops::MakeApiToken(new)).await
    }

    async fn api_token(&self, token: TokenHash) -> Result<Option<ApiTokenRow>, StoreError> {
        read::api_token(&self.readers, token).await
    }

    async fn api_tokens(&self, account: AccountId) -> Result<Vec<ApiTokenRow>, StoreError> {
        read::api_tokens(&self.readers, account).await
    }

    async fn touch_api_token(&self, token: TokenHash) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::TouchApiToken(token)).await?)
    }

    async fn end_api_token(&self, token: TokenHash) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::EndApiToken(token)).await?)
    }

    async fn end_old_api_tokens(&self) -> Result<Vec<TokenHash>, StoreError> {
        Ok(self.writer.apply(ops::EndOldApiTokens).await?)
    }
}
